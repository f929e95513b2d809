using Millpond.PackageTests.Feed;
using Xunit;

namespace Millpond.PackageTests.Programs;

/// <summary>What the template makes of every combination of its options: made with <c>dotnet new</c>, built together.</summary>
public sealed class GeneratedServices(PackageFeed feed) : IAsyncLifetime
{
    private const string PackageName = "Millpond";
    private static readonly string[] Databases = ["sqlite", "postgresql"];
    private static readonly string[] Faces = ["dapper", "ef", "ado"];

    private string _folder = "";

    public async ValueTask InitializeAsync()
    {
        _folder = feed.CreateFolder("Services");
        await NewAsync("install", Path.Combine(PackageFeed.Folder, $"Millpond.Templates.{feed.Version}.nupkg"));
        List<string> projects = [];
        foreach (var (database, data) in Databases.SelectMany(static _ => Faces, static (database, data) => (database, data)))
        {
            var name = Name(database, data);
            var (code, output) = await NewAsync("millpond", "-n", name, "--database", database, "--data", data, "--no-restore");
            Assert.True(code == 0, output);
            projects.Add($"{name}/src/{name}/{name}.csproj");
            projects.Add($"{name}/tests/{name}.Tests/{name}.Tests.csproj");
        }

        await File.WriteAllTextAsync(Path.Combine(_folder, "All.slnx"), $"""
            <Solution>
              {string.Concat(projects.Select(static project => $"<Project Path=\"{project}\" />"))}
            </Solution>
            """);
        await Dotnet.BuildAsync(_folder, "build", "All.slnx");
    }

    /// <summary>Runs the tests of a service, as they come out of the template.</summary>
    internal Task<string> TestAsync(string database, string data, string postgres = "")
    {
        var name = Name(database, data);
        var program = name == PackageName ? $"{name}.Service.Tests" : $"{name}.Tests";
        var tests = Path.Combine(_folder, name, "tests", $"{name}.Tests", "bin", "Debug", "net10.0", program);
        return Command.RunAsync(_folder, "env", $"TEST_POSTGRES={postgres}", tests, "--fail-skips", "on", "--no-progress");
    }

    /// <summary>Calls <c>dotnet new</c> with templates of its own.</summary>
    internal Task<(int Code, string Output)> NewAsync(params string[] arguments) =>
        Dotnet.TryAsync(_folder, ["new", .. arguments, "--debug:custom-hive", Path.Combine(_folder, "templates")]);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    /// <summary>Returns a name that is no C# identifier, or that of a package, a keyword or a type of the template.</summary>
    private static string Name(string database, string data) => (database, data) switch
    {
        ("sqlite", "dapper") => PackageName,
        ("sqlite", "ado") => "class",
        ("postgresql", "dapper") => "Item",
        _ => $"My-{database}-{data}-Shop",
    };
}
