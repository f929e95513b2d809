using System.Diagnostics;
using System.Globalization;

namespace Millpond.Testing.Servers;

/// <summary>Finds the folder of PostgreSQL's server programs on this machine.</summary>
internal static class PostgresPrograms
{
    private const string Debian = "/usr/lib/postgresql";
    private static readonly string[] ServerPrograms = ["initdb", "postgres", "pg_ctl"];

    public static string? Find() => Find(RunPgConfig(), Debian);

    /// <summary>Returns the folder from <c>pg_config --bindir</c>, or else the newest version in Debian's folder.</summary>
    public static string? Find(string? named, string versions) =>
        new[] { named }.Concat(ByVersion(versions)).FirstOrDefault(HasServer);

    private static IEnumerable<string?> ByVersion(string folder) =>
        !Directory.Exists(folder)
            ? []
            : Directory.GetDirectories(folder)
                .OrderByDescending(d => int.TryParse(Path.GetFileName(d), CultureInfo.InvariantCulture, out var n) ? n : -1)
                .Select(d => Path.Combine(d, "bin"));

    private static bool HasServer(string? folder) =>
        folder is not null && ServerPrograms.All(name => File.Exists(Path.Combine(folder, name)));

    private static string? RunPgConfig()
    {
        var pgConfig = OnPath("pg_config");
        if (pgConfig is null)
        {
            return null;
        }

        using var process = Process.Start(new ProcessStartInfo(pgConfig, ["--bindir"]) { RedirectStandardOutput = true })!;
        var answer = process.StandardOutput.ReadToEnd().Trim();
        process.WaitForExit();
        return process.ExitCode == 0 ? answer : null;
    }

    public static string? OnPath(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Select(folder => Path.Combine(folder, program))
            .FirstOrDefault(File.Exists);
}
