using Millpond.PackageTests.Feed;
using Xunit;

namespace Millpond.PackageTests.Programs;

/// <summary>What the template makes of every combination of its options: made with <c>dotnet new</c>, built together.</summary>
public sealed class GeneratedServices(PackageFeed feed) : IAsyncLifetime
{
    private static readonly string[] Databases = ["sqlite", "postgresql"];
    private static readonly string[] Faces = ["dapper", "ef", "ado"];

    private string _folder = "";

    public async ValueTask InitializeAsync()
    {
        _folder = feed.CreateFolder("Services");
        await NewAsync("install", Path.Combine(PackageFeed.Folder, $"Millpond.Templates.{feed.Version}.nupkg"));
        List<string> projects = [];
        foreach (var name in Databases.SelectMany(static _ => Faces, Name))
        {
            var (database, data) = (name.Split('-')[1], name.Split('-')[2]);
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
        var tests = Path.Combine(_folder, name, "tests", $"{name}.Tests", "bin", "Debug", "net10.0", $"{name}.Tests");
        return Command.RunAsync(_folder, "env", $"TEST_POSTGRES={postgres}", tests, "--fail-skips", "on", "--no-progress");
    }

    /// <summary>Calls <c>dotnet new</c> with templates of its own.</summary>
    internal Task<(int Code, string Output)> NewAsync(params string[] arguments) =>
        Dotnet.TryAsync(_folder, ["new", .. arguments, "--debug:custom-hive", Path.Combine(_folder, "templates")]);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    /// <summary>A name that is no C# identifier: the template makes one of it.</summary>
    private static string Name(string database, string data) => $"My-{database}-{data}-Shop";
}
