using Xunit;

namespace Millpond.Tests.Architecture;

public sealed class FileSizeTests
{
    [Theory]
    [InlineData("src", 60)]
    [InlineData("tests", 10)]
    [InlineData("samples", 10)]
    [InlineData("bench", 10)]
    public void No_file_is_over_400_lines_and_no_line_over_130_columns(string folder, int atLeast)
    {
        var sources = Repository.Sources(folder);

        Assert.InRange(sources.Count, atLeast, int.MaxValue);
        Expect.None(FileSizes.TooLarge(sources));
    }

    [Fact]
    public void A_source_file_holds_one_type() => Expect.None(FileSizes.TooManyTypes(Repository.Sources("src")));

    [Fact]
    public void The_limits_themselves_are_fine()
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
    public void A_nested_type_is_part_of_its_owner() =>
        Expect.None(FileSizes.TooManyTypes([new("One.cs", "namespace N; class A { class B; delegate void C(); }")]));
}
