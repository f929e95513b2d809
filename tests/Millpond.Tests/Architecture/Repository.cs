namespace Millpond.Tests.Architecture;

/// <summary>The files of the repository that these tests were built from.</summary>
internal static class Repository
{
    public static string Root { get; } = FindRoot();

    /// <summary>Every C# file under a folder, with the path as seen from that folder, in <c>/</c> form.</summary>
    public static IReadOnlyList<SourceText> Sources(string folder)
    {
        var root = Path.Combine(Root, folder);
        return
        [
            .. Directory.EnumerateFiles(root, "*.cs", SearchOption.AllDirectories)
                .Select(file => new SourceText(Path.GetRelativePath(root, file).Replace('\\', '/'), File.ReadAllText(file)))
                .Where(source => !source.Path.Split('/').Any(part => part is "bin" or "obj"))
                .OrderBy(source => source.Path, StringComparer.Ordinal),
        ];
    }

    /// <summary>Every project file under <c>src</c>, by the project's name.</summary>
    public static IReadOnlyDictionary<string, string> SourceProjects() =>
        Directory.EnumerateFiles(Path.Combine(Root, "src"), "*.csproj", SearchOption.AllDirectories)
            .ToDictionary(file => Path.GetFileNameWithoutExtension(file), File.ReadAllText, StringComparer.Ordinal);

    public static string Read(string file) => File.ReadAllText(Path.Combine(Root, file));

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Millpond.slnx")))
            {
                return folder.FullName;
            }
        }

        throw new InvalidOperationException($"No Millpond.slnx in {AppContext.BaseDirectory} or above it.");
    }
}
