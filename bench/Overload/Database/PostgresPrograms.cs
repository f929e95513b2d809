using System.Diagnostics;
using Millpond.Overload.CommandLine;

namespace Millpond.Overload.Database;

/// <summary>Finds PostgreSQL's server programs, and says as whom they run: not as root, which PostgreSQL refuses.</summary>
internal static class PostgresPrograms
{
    /// <exception cref="BenchFailure">They are not on this machine.</exception>
    public static string Find() => AskPgConfig() is { } folder && File.Exists(Path.Combine(folder, "initdb"))
        ? folder
        : throw new BenchFailure("PostgreSQL's server is missing: apt-get install -y postgresql libpq-dev");

    /// <summary>What stands before a command that must not run as root, and must outlive the end of this process group.</summary>
    public static string[] Unprivileged()
    {
        if (!Environment.IsPrivilegedProcess)
        {
            return ["setsid"];
        }

        var users = File.ReadLines("/etc/passwd").Select(line => line.Split(':')).Where(fields => fields.Length > 3).ToList();
        var user = users.Find(fields => fields[0] == "postgres") ?? users.Find(fields => fields[0] == "nobody")
            ?? throw new BenchFailure("PostgreSQL does not run as root; make a user 'postgres'.");
        return ["setpriv", $"--reuid={user[2]}", $"--regid={user[3]}", "--clear-groups", "setsid"];
    }

    private static string? AskPgConfig()
    {
        try
        {
            using var process = Process.Start(
                new ProcessStartInfo("pg_config", ["--bindir"]) { RedirectStandardOutput = true })!;
            var answer = process.StandardOutput.ReadToEnd().Trim();
            process.WaitForExit();
            return process.ExitCode == 0 ? answer : null;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;   // there is no pg_config
        }
    }
}
