using Xunit;

namespace Millpond.Tests.Architecture;

public sealed class FileSizeTests
{
    [Theory]
    [InlineData("src", 60)]
    [InlineData("tests", 10)]
    [InlineData("samples", 10)]
    [InlineData("bench", 10)]
    [InlineData("tools", 10)]
    public void No_file_is_over_400_lines_and_no_line_over_130_columns(string folder, int atLeast)
    {
        var sources = Repository.Sources(folder);

        Assert.InRange(sources.Count, atLeast, int.MaxValue);
        Expect.None(FileSizes.TooLarge(sources));
    }

    [Fact]
    public void A_source_file_holds_one_type() => Expect.None(FileSizes.TooManyTypes(Repository.Sources("src")));

    [Fact]
    public void No_type_is_over_400_lines_in_all_its_files() =>
        Expect.None(FileSizes.TooLongTypes(Repository.Sources("src")));

    [Fact]
    public void No_folder_has_over_25_files() => Expect.None(FileSizes.TooFullFolders(Repository.Sources("src")));

    [Fact]
    public void A_type_of_401_lines_in_two_files_is_found()
    {
        SourceText[] sources = [Part("A.cs", 300), Part("A.More.cs", 101), Part("B.cs", 400)];

        Assert.Equal(["N/T: 401 lines, at most 400"], FileSizes.TooLongTypes(sources[..2]));
        Expect.None(FileSizes.TooLongTypes(sources[2..]));

        static SourceText Part(string file, int lines) =>
            new($"N/{file}", $"namespace N;\npartial class T;{new string('\n', lines - 2)}//");
    }

    [Fact]
    public void A_folder_of_26_files_is_found()
    {
        var sources = Enumerable.Range(0, 26).Select(static i => new SourceText($"N/{i}.cs", "")).ToArray();

        Assert.Equal(["N: 26 files, at most 25"], FileSizes.TooFullFolders(sources));
        Expect.None(FileSizes.TooFullFolders(sources[1..]));
    }

    [Fact]
    public void The_limits_themselves_are_valid()
    {
        var widest = new string('x', 130) + "\r\n";

        Expect.None(FileSizes.TooLarge([new("At.cs", string.Concat(Enumerable.Repeat(widest, 400)))]));
    }

    [Fact]
    public void A_file_of_401_lines_is_found() =>
        Assert.Equal(["Long.cs: 401 lines, at most 400"], FileSizes.TooLarge([new("Long.cs", new string('\n', 400) + "x")]));

    [Fact]
    public void A_line_of_131_columns_is_found() =>
        Assert.Equal(["Wide.cs(2): 131 columns, at most 130"], FileSizes.TooLarge([new("Wide.cs", "\n" + new string('x', 131))]));

    [Theory]
    [InlineData("namespace N; class A; class B;")]
    [InlineData("namespace N { class A; } namespace N { enum B { C } }")]
    [InlineData("namespace N; record A; delegate void B();")]
    [InlineData("interface A; file class B;")]
    public void A_second_type_in_a_file_is_found(string text) =>
        Assert.Equal(["Two.cs: 2 types (A, B)"], FileSizes.TooManyTypes([new("Two.cs", text)]));

    [Fact]
    public void A_nested_type_belongs_to_its_declaring_type() =>
        Expect.None(FileSizes.TooManyTypes([new("One.cs", "namespace N; class A { class B; delegate void C(); }")]));
}
