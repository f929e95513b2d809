using Xunit;

namespace Millpond.Tests.Architecture;

public sealed class NamespaceTests
{
    [Fact]
    public void Public_types_are_in_two_namespaces_and_internals_in_those_of_their_folders() =>
        Expect.None(Namespaces.Wrong(Repository.Sources("src")));

    [Theory]
    [InlineData("namespace Millpond.Engine; public sealed class DbEngine;", "Millpond.Engine, not Millpond")]
    [InlineData("namespace Millpond; internal sealed class DbEngine;", "Millpond, not Millpond.Engine")]
    [InlineData("namespace Millpond; [Experimental(ProviderSeam.Id)] public class Seam;", "Millpond, not Millpond.Providers")]
    public void A_type_in_the_wrong_namespace_is_found(string text, string fault) =>
        Assert.Equal([$"Millpond/Engine/It.cs: {fault}"], Namespaces.Wrong([new("Millpond/Engine/It.cs", text)]));
}
