using Xunit;
using static System.StringComparison;

namespace Millpond.Tests.Architecture;

public sealed class ProjectReferenceTests
{
    [Fact]
    public void A_package_references_the_core_only_except_that_gRPC_references_ASP_NET_Core()
    {
        var projects = Repository.SourceProjects();

        Assert.InRange(projects.Count, 5, int.MaxValue);
        Assert.Equal(["Millpond.Grpc references Millpond.AspNetCore"], ProjectReferences.AmongSatellites(projects));
    }

    [Fact]
    public void A_provider_uses_only_public_API()
    {
        Expect.None(ProjectReferences.InternalsShown(Repository.SourceProjects()));
        Expect.None(Paths("src", source => source.Text.Contains("InternalsVisibleTo", Ordinal)));
    }

    [Fact]
    public void No_type_is_in_the_root_folder_of_the_core()
    {
        Expect.None(Paths("src/Millpond", source => !source.Path.Contains('/', Ordinal)));
        Assert.InRange(Paths("src/Millpond", source => source.Path.Contains('/', Ordinal)).Count, 40, int.MaxValue);
    }

    [Theory]
    [InlineData("Millpond.Dapper", @"..\Millpond.Sqlite\Millpond.Sqlite.csproj", "Millpond.Sqlite")]
    [InlineData("Millpond", "../Millpond.Dapper/Millpond.Dapper.csproj", "Millpond.Dapper")]
    public void A_reference_to_another_package_is_found(string project, string path, string satellite) =>
        Assert.Equal(
            [$"{project} references {satellite}"],
            ProjectReferences.AmongSatellites(Planted(project, $"""<ProjectReference Include="{path}" />""")));

    [Fact]
    public void A_provider_that_uses_internals_is_found() =>
        Assert.Equal(
            ["Millpond shows its internals to Millpond.Sqlite"],
            ProjectReferences.InternalsShown(
                Planted("Millpond", """<InternalsVisibleTo Include="Millpond.Tests;Millpond.Sqlite" />""")));

    private static List<string> Paths(string folder, Func<SourceText, bool> which) =>
        [.. Repository.Sources(folder).Where(which).Select(source => source.Path)];

    private static Dictionary<string, string> Planted(string project, string item) => new()
    {
        [project] = $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <ItemGroup>
                {item}
              </ItemGroup>
            </Project>
            """,
    };
}
