using System.IO.Compression;
using Millpond.IntegrationTests.Docs;
using Millpond.PackageTests.Feed;
using Xunit;

[assembly: AssemblyFixture(typeof(PackageFeed))]

namespace Millpond.PackageTests.Feed;

/// <summary>What <c>./pack</c> makes, and a folder outside of the repository whose projects install it from there.</summary>
/// <remarks>
/// Packages of ours are installed into that folder, where no earlier build's can be; all others come from the machine's own
/// folder, if they are there.
/// </remarks>
public sealed class PackageFeed : IAsyncLifetime
{
    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("millpond-packages-");

    /// <summary>Gets the packages' folder.</summary>
    public static string Folder { get; } = Path.Combine(Repository.Root, "artifacts", "packages");

    /// <summary>Gets the version of all packages.</summary>
    public string Version { get; private set; } = "";

    public async ValueTask InitializeAsync()
    {
        await Command.RunAsync(Repository.Root, Path.Combine(Repository.Root, "pack"), Dotnet.BuildOptions);
        const string first = "Millpond.Core.";
        Version = Path.GetFileNameWithoutExtension(Assert.Single(Directory.GetFiles(Folder, $"{first}*.nupkg")))[first.Length..];
        var machine = await Dotnet.RunAsync(_root.FullName, "nuget", "locals", "global-packages", "--list");
        await File.WriteAllTextAsync(Path.Combine(_root.FullName, "nuget.config"), $"""
            <configuration>
              <config><add key="globalPackagesFolder" value="{InstalledIn()}" /></config>
              <packageSources><add key="millpond" value="{Folder}" /></packageSources>
              <fallbackPackageFolders><add key="machine" value="{machine.Split(": ", 2)[1].Trim()}" /></fallbackPackageFolders>
            </configuration>
            """);
    }

    /// <summary>Makes an empty folder for a project.</summary>
    public string CreateFolder(string name) => _root.CreateSubdirectory(name).FullName;

    /// <summary>Asserts that a package of ours was installed from the feed, and not found elsewhere.</summary>
    public void AssertInstalled(string package) =>
        Assert.True(
            Directory.Exists(Path.Combine(InstalledIn(), package.ToLowerInvariant(), Version)),
            $"{package} {Version} was not installed from {Folder}.");

    /// <summary>Opens a package.</summary>
    public ZipArchive Open(string package, string extension = "nupkg") =>
        ZipFile.OpenRead(Path.Combine(Folder, $"{package}.{Version}.{extension}"));

    public ValueTask DisposeAsync()
    {
        _root.Delete(recursive: true);
        return ValueTask.CompletedTask;
    }

    private string InstalledIn() => Path.Combine(_root.FullName, "installed");
}
