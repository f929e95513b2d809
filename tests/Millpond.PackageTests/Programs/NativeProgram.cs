using System.Globalization;
using System.Xml.Linq;
using Millpond.IntegrationTests.Docs;
using Millpond.Testing.Servers;
using Millpond.PackageTests.Feed;
using Xunit;

namespace Millpond.PackageTests.Programs;

/// <summary>The program of tests/Programs/Native, published from the packages. A warning fails the publication.</summary>
public sealed class NativeProgram(PackageFeed feed) : IAsyncLifetime
{
    private const string Name = "Native";
    private string _folder = "";

    public async ValueTask InitializeAsync()
    {
        _folder = feed.CreateFolder(Name);
        var source = Path.Combine(Repository.Root, "tests", "Programs", Name);
        foreach (var file in Directory.EnumerateFiles(source, "*.*")
            .Where(static file => Path.GetExtension(file) is ".cs" or ".proto"))
        {
            File.Copy(file, Path.Combine(_folder, Path.GetFileName(file)));
        }

        var versions = XDocument.Load(Path.Combine(Repository.Root, "Directory.Packages.props"));
        var project = XDocument.Load(Path.Combine(source, $"{Name}.csproj"));
        foreach (var reference in project.Descendants("ProjectReference").ToList())
        {
            reference.ReplaceWith(new XElement(
                "PackageReference",
                new XAttribute("Include", Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value)),
                new XAttribute("Version", feed.Version)));
        }

        foreach (var reference in project.Descendants("PackageReference")
            .Where(static one => one.Attribute("Version") is null).ToList())
        {
            var name = reference.Attribute("Include")?.Value;
            reference.SetAttributeValue("Version", versions.Descendants("PackageVersion")
                .FirstOrDefault(one => one.Attribute("Include")!.Value == name)?.Attribute("Version")!.Value);
        }

        project.Descendants("PropertyGroup").First().Add(
            new XElement("TargetFramework", "net10.0"),
            new XElement("Nullable", "enable"),
            new XElement("ImplicitUsings", "enable"),
            new XElement("InvariantGlobalization", "true"));
        project.Save(Path.Combine(_folder, $"{Name}.csproj"));

        // Neither optimized nor with symbols: what is checked is the same, and it takes two thirds of the time.
        await Dotnet.BuildAsync(
            _folder, "publish", "--output", "published", "-p:Optimize=false", "-p:DebugType=none", "-p:NativeDebugSymbols=false");
    }

    /// <summary>Starts it on a database.</summary>
    internal Task<ServiceProcess> StartAsync(string database, int grpc) => ServiceProcess.StartAsync(
        _folder,
        Path.Combine(_folder, "published", Name),
        "--ConnectionStrings:items", database,
        "--Http", FreePort.Find().ToString(CultureInfo.InvariantCulture),
        "--Grpc", grpc.ToString(CultureInfo.InvariantCulture));

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
