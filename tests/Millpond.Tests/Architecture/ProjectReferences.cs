using System.Xml.Linq;

namespace Millpond.Tests.Architecture;

/// <summary>Reports project files that reference another package, or that expose internals.</summary>
internal static class ProjectReferences
{
    private const string Core = "Millpond";
    private const string Kit = "Millpond.Testing";   // the kit uses the providers

    /// <summary>The projects that may see internals: the core's other halves, for the web, gRPC and EF Core, benchmarks and
    /// tests.</summary>
    private static readonly string[] MaySeeInternals =
    [
        "Millpond.AspNetCore", "Millpond.EntityFrameworkCore", "Millpond.Grpc", "Millpond.Benchmarks", "Millpond.Tests",
        "Millpond.IntegrationTests", "Millpond.Testing.Tests",
    ];

    public static IReadOnlyList<string> AmongSatellites(IReadOnlyDictionary<string, string> projects) =>
    [
        .. from project in projects
           from reference in Items(project.Value, "ProjectReference")
           let name = Path.GetFileNameWithoutExtension(reference.Replace('\\', '/'))
           where project.Key == Core || name != Core
           where project.Key != Kit || name is not ("Millpond.PostgreSql" or "Millpond.Sqlite")
           where !project.Key.StartsWith(Kit + ".", StringComparison.Ordinal) || name != Kit   // the kit's own parts
           select $"{project.Key} references {name}",
    ];

    public static IReadOnlyList<string> InternalsShown(IReadOnlyDictionary<string, string> projects) =>
    [
        .. from project in projects
           from friend in Items(project.Value, "InternalsVisibleTo")
           where !MaySeeInternals.Contains(friend)
           select $"{project.Key} shows its internals to {friend}",
    ];

    private static IEnumerable<string> Items(string project, string kind) =>
        XDocument.Parse(project).Descendants(kind)
            .SelectMany(item => ((string?)item.Attribute("Include") ?? "").Split(';', StringSplitOptions.RemoveEmptyEntries));
}
