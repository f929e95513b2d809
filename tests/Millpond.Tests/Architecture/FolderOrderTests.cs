using Xunit;
using static System.StringComparison;

namespace Millpond.Tests.Architecture;

public sealed class FolderOrderTests
{
    private static readonly SourceText Engine = new("Engine/DbEngine.cs", """
        namespace Millpond.Engine;
        public sealed class DbEngine
        {
            public static int Count;
            public static DbEngine operator +(DbEngine a, int b) => a;
        }
        """);

    private static readonly Lazy<FolderOrder> Core = new(() => FolderOrder.Check(Repository.Sources("src/Millpond")));

    [Fact]
    public void A_folder_of_the_core_uses_only_the_folders_before_it() => Expect.None(Core.Value.Violations);

    [Fact]
    public void The_architecture_check_resolves_the_names_of_every_folder()
    {
        Expect.None(Core.Value.Errors);
        Assert.All(
            FolderOrder.Order,
            folder => Assert.InRange(Core.Value.Resolved[folder], folder == "Diagnostics" ? 15 : 300, int.MaxValue));
    }

    [Theory]
    [InlineData("using Millpond.Engine; namespace Millpond.Admission; class Gate { DbEngine? engine; }")]
    [InlineData("using Millpond.Engine; namespace Millpond.Admission; class Gate { List<DbEngine>? engines; }")]
    [InlineData("using E = Millpond.Engine.DbEngine; namespace Millpond.Admission; class Gate { E? engine; }")]
    [InlineData("using static Millpond.Engine.DbEngine; namespace Millpond.Admission; class Gate { int n = Count; }")]
    [InlineData("namespace Millpond.Admission; class Gate { Engine.DbEngine? relative; }")]
    [InlineData("namespace Millpond.Admission; class Gate { Type type = typeof(Engine.DbEngine); }")]
    [InlineData("namespace Millpond.Admission; class Gate { object full = new global::Millpond.Engine.DbEngine(); }")]
    [InlineData("namespace Microsoft.Extensions; class Gate { Millpond.Engine.DbEngine? engine; }")]
    public void A_reference_to_a_later_folder_is_found(string text)
    {
        var check = FolderOrder.Check([Engine, new("Admission/Gate.cs", text)]);

        Expect.None(check.Errors);
        Assert.NotEmpty(check.Violations);
        Assert.All(check.Violations, found => Assert.StartsWith("Admission/Gate.cs(1): Admission uses Engine: ", found, Ordinal));
    }

    [Fact]
    public void An_extension_method_in_microsofts_namespace_belongs_to_the_folder_of_its_file()
    {
        var check = FolderOrder.Check(
        [
            new("Hosting/AddExtensions.cs", """
                namespace Microsoft.Extensions.DependencyInjection;
                public static class AddExtensions { public static int AddMillpond(this string services) => 1; }
                """),
            new("Engine/Caller.cs", """
                using Microsoft.Extensions.DependencyInjection;
                namespace Millpond.Engine;
                class Caller { int n = "".AddMillpond(); }
                """),
        ]);

        Expect.None(check.Errors);
        Assert.Contains("Engine/Caller.cs(3): Engine uses Hosting: AddMillpond", check.Violations);
    }

    [Fact]
    public void A_reference_without_a_name_is_found()
    {
        var check = FolderOrder.Check(
        [
            new("Hosting/Walk.cs", """
                namespace Millpond;
                public static class Walk
                {
                    public static IEnumerator<int> GetEnumerator(this int upTo) => Enumerable.Range(0, upTo).GetEnumerator();
                }
                """),
            new("Engine/Caller.cs", "namespace Millpond.Engine; class Caller { void Go() { foreach (var i in 3) { } } }"),
        ]);

        Expect.None(check.Errors);
        Assert.StartsWith("Engine/Caller.cs(1): Engine uses Hosting: foreach", Assert.Single(check.Violations), Ordinal);
    }

    [Fact]
    public void A_reference_to_an_earlier_folder_is_allowed()
    {
        var check = FolderOrder.Check(
            [Engine, new("Hosting/Host.cs", "namespace Millpond.Hosting; class Host { object o = new Engine.DbEngine() + 1; }")]);

        Expect.None(check.Errors);
        Expect.None(check.Violations);
        Assert.Equal(4, check.Resolved["Hosting"]);
    }

    [Theory]
    [InlineData("Loose.cs")]
    [InlineData("Utils/Helper.cs")]
    public void A_file_outside_the_folders_of_the_order_is_found(string path)
    {
        var check = FolderOrder.Check([new(path, "namespace Millpond; class Loose;")]);

        Assert.StartsWith(path + " is in none of the folders", Assert.Single(check.Violations), Ordinal);
    }

    [Fact]
    public void Sources_that_do_not_compile_are_reported()
    {
        var check = FolderOrder.Check([new("Admission/Gate.cs", "namespace Millpond.Admission; class Gate { Unknown? it; }")]);

        Assert.NotEmpty(check.Errors);
    }
}
