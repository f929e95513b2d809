using System.Xml.Linq;
using Millpond.IntegrationTests.Docs;
using Millpond.PackageTests.Programs;
using Xunit;

namespace Millpond.PackageTests;

/// <summary><c>dotnet new millpond</c>, with every combination of its options.</summary>
public sealed class TemplateTests(GeneratedServices services) : IClassFixture<GeneratedServices>
{
    private const int Tests = 7;

    private static readonly string Content = Path.Combine(Repository.Root, "packages", "Templates", "content");

    [Theory]
    [InlineData("dapper")]
    [InlineData("ef")]
    [InlineData("ado")]
    public async Task A_service_created_from_the_template_passes_its_own_tests_on_SQLite(string data) =>
        AssertPassed(await services.TestAsync("sqlite", data));

    [Theory]
    [InlineData("dapper")]
    [InlineData("ef")]
    [InlineData("ado")]
    [Trait("Needs", "PostgreSQL")]
    public Task A_service_created_from_the_template_passes_its_own_tests_on_PostgreSQL(string data) => EmptyDatabase.RunAsync(
        async (_, database) => AssertPassed(await services.TestAsync("postgresql", data, database.ConnectionString)));

    [Theory]
    [InlineData("--database", "mysql", "sqlite")]
    [InlineData("--data", "linq2db", "dapper")]
    public async Task The_template_rejects_unknown_options(string option, string value, string possible)
    {
        var (code, output) = await services.NewAsync("millpond", "-n", "Refused", option, value, "--no-restore");

        Assert.NotEqual(0, code);
        Assert.Contains($"'{value}' is not a valid value for {option}", output, StringComparison.Ordinal);
        Assert.Contains(possible, output, StringComparison.Ordinal);
    }

    [Fact]
    public void The_template_uses_the_package_versions_of_the_repository()
    {
        var tested = XDocument.Load(Path.Combine(Repository.Root, "Directory.Packages.props")).Descendants("PackageVersion")
            .ToDictionary(static one => one.Attribute("Include")!.Value, static one => one.Attribute("Version")!.Value);
        var used = Directory.EnumerateFiles(Content, "*.csproj", SearchOption.AllDirectories)
            .SelectMany(static project => XDocument.Load(project).Descendants("PackageReference"))
            .Select(static one => (Name: one.Attribute("Include")!.Value, Version: one.Attribute("Version")!.Value))
            .Where(static one => !one.Name.StartsWith("Millpond", StringComparison.Ordinal)).ToList();

        Assert.InRange(used.Count, 6, int.MaxValue);
        Assert.All(used, one => Assert.Equal((one.Name, tested[one.Name]), one));
    }

    private static void AssertPassed(string output)
    {
        Assert.Contains($"total: {Tests}", output, StringComparison.Ordinal);
        Assert.Contains("failed: 0", output, StringComparison.Ordinal);
    }
}
