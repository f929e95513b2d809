using System.IO.Compression;
using System.Reflection.Metadata;
using System.Text;
using System.Xml.Linq;
using Millpond.IntegrationTests.Docs;
using Millpond.PackageTests.Feed;
using Xunit;

namespace Millpond.PackageTests;

/// <summary>What is in the packages.</summary>
public sealed class PackageContentTests(PackageFeed feed)
{
    private static readonly Guid SourceLink = new("CC110556-A091-4D38-9FEC-25AB9A351A6A");

    /// <summary>The packages with an assembly, which is named as its project is.</summary>
    public static TheoryData<string, string> Libraries => [.. Projects().Select(static name =>
        (name == "Millpond" ? "Millpond.Core" : name, name))];

    public static TheoryData<string> Packages =>
        [.. Libraries.Select(static row => row.Data.Item1), "Millpond", "Millpond.Cli", "Millpond.Templates"];

    [Fact]
    public void Pack_creates_a_package_of_every_project_and_nothing_else()
    {
        var packed = Directory.GetFiles(PackageFeed.Folder, "*.nupkg").Select(Path.GetFileName);

        Assert.Equal(
            Packages.Select(row => $"{row.Data}.{feed.Version}.nupkg").Order(StringComparer.Ordinal),
            packed.Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Packages))]
    public void A_package_has_complete_metadata(string package)
    {
        using var content = feed.Open(package);
        var metadata = Metadata(content);

        string[] said = ["description", "authors", "copyright", "tags", "projectUrl", "releaseNotes"];
        Assert.All(said, name => Assert.False(string.IsNullOrWhiteSpace(Value(metadata, name)), $"{package} has no {name}."));
        Assert.Equal(
            ("MIT", "README.md", "icon.png"),
            (Value(metadata, "license"), Value(metadata, "readme"), Value(metadata, "icon")));
        var repository = metadata.Elements().Single(static one => one.Name.LocalName == "repository");
        Assert.Equal("git", repository.Attribute("type")?.Value);
        Assert.Matches("^[0-9a-f]{40}$", repository.Attribute("commit")?.Value);
        Assert.InRange(Entry(content, "README.md").Length, 200, int.MaxValue);
        Assert.InRange(Entry(content, "icon.png").Length, 1000, int.MaxValue);
    }

    [Theory]
    [MemberData(nameof(Libraries))]
    public void A_library_has_documentation_and_symbols_with_source_links(string package, string assembly)
    {
        using var content = feed.Open(package);
        using var symbols = feed.Open(package, "snupkg");

        Assert.InRange(Entry(content, $"lib/net10.0/{assembly}.dll").Length, 4_000, int.MaxValue);
        Assert.InRange(Entry(content, $"lib/net10.0/{assembly}.xml").Length, 1000, int.MaxValue);
        using var stream = new MemoryStream();
        using (var file = Entry(symbols, $"lib/net10.0/{assembly}.pdb").Open())
        {
            file.CopyTo(stream);
        }

        stream.Position = 0;
        using var provider = MetadataReaderProvider.FromPortablePdbStream(stream);
        var reader = provider.GetMetadataReader();
        var link = reader.CustomDebugInformation.Select(reader.GetCustomDebugInformation)
            .Single(one => reader.GetGuid(one.Kind) == SourceLink);
        var repository = Metadata(content).Elements().Single(static one => one.Name.LocalName == "repository");
        var commit = repository.Attribute("commit")!.Value;
        Assert.Contains($"/{commit}/*", Encoding.UTF8.GetString(reader.GetBlobBytes(link.Value)), StringComparison.Ordinal);

        // Deterministic: the paths of the machine that built it are not in it.
        Assert.All(
            reader.Documents.Select(one => reader.GetString(reader.GetDocument(one).Name)),
            static path => Assert.StartsWith("/_", path, StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Packages))]
    public void A_package_requires_the_same_version_of_the_others(string package)
    {
        using var content = feed.Open(package);

        var others = Metadata(content).Descendants().Where(static one =>
            one.Name.LocalName == "dependency" &&
            one.Attribute("id")!.Value.StartsWith("Millpond", StringComparison.Ordinal)).ToList();
        var needsNone = package is "Millpond.Cli" or "Millpond.Core" or "Millpond.OpenTelemetry" or "Millpond.Templates";
        Assert.Equal(needsNone, others.Count == 0);
        Assert.All(others, one => Assert.Equal($"[{feed.Version}]", one.Attribute("version")?.Value));
    }

    [Theory]
    [MemberData(nameof(Packages))]
    public void Only_the_package_for_OpenTelemetry_depends_on_it(string package)
    {
        using var content = feed.Open(package);

        Assert.Equal(
            package == "Millpond.OpenTelemetry" ? ["OpenTelemetry.Api"] : [],
            Metadata(content).Descendants().Where(static one => one.Name.LocalName == "dependency")
                .Select(static one => one.Attribute("id")!.Value)
                .Where(static id => id.StartsWith("OpenTelemetry", StringComparison.Ordinal)));
    }

    [Fact]
    public void The_meta_package_brings_AspNetCore_Dapper_and_SQLite()
    {
        using var content = feed.Open("Millpond");

        Assert.Equal(
            ["Millpond.AspNetCore", "Millpond.Dapper", "Millpond.Sqlite"],
            Metadata(content).Descendants().Where(static one => one.Name.LocalName == "dependency")
                .Select(static one => one.Attribute("id")!.Value).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void The_package_with_the_live_page_has_the_licence_of_its_charts()
    {
        using var content = feed.Open("Millpond.AspNetCore");
        using var notices = new StreamReader(Entry(content, "THIRD-PARTY-NOTICES.txt").Open());

        Assert.Matches("(?s)uPlot.*The MIT License.*Leon Sorokin", notices.ReadToEnd());
    }

    private static IEnumerable<string> Projects() =>
        Directory.EnumerateFiles(Path.Combine(Repository.Root, "src"), "*.csproj", SearchOption.AllDirectories)
            .Select(static project => Path.GetFileNameWithoutExtension(project));

    private static XElement Metadata(ZipArchive content)
    {
        using var nuspec = content.Entries.Single(static one => one.Name.EndsWith(".nuspec", StringComparison.Ordinal)).Open();
        return XDocument.Load(nuspec).Root!.Elements().Single(static one => one.Name.LocalName == "metadata");
    }

    private static string? Value(XElement metadata, string name) =>
        metadata.Elements().SingleOrDefault(one => one.Name.LocalName == name)?.Value;

    private static ZipArchiveEntry Entry(ZipArchive content, string path) =>
        content.GetEntry(path) ?? throw new InvalidOperationException($"There is no {path}.");
}
