using System.Diagnostics;
using System.Globalization;

namespace Millpond.Testing.Servers;

/// <summary>Says how the shell of a throw-away server is started here: as whom, and on which storage.</summary>
internal static class ClusterShell
{
    private const string Memory = "/dev/shm";
    private const long RoomNeeded = 512L << 20;   // Docker gives 64 MB of /dev/shm, which a cluster fills by itself

    public static ProcessStartInfo Describe(string programs, int port, params string[] settings) => Describe(
        "throw-away-cluster", [programs, Storage(), port.ToString(CultureInfo.InvariantCulture), .. settings]);

    private static ProcessStartInfo Describe(string script, string[] arguments)
    {
        string[] command =
        [
            .. Unprivileged(),
            .. OwnTerminalGroup(),
            "sh", "-c", Text(script), script, .. arguments,
        ];
        return new ProcessStartInfo(command[0], command[1..])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            WorkingDirectory = "/",   // the other user may not be allowed into ours
        };
    }

    /// <summary>PostgreSQL refuses to run as root: root becomes <c>postgres</c> where there is one, else <c>nobody</c>.</summary>
    private static string[] Unprivileged()
    {
        if (!Environment.IsPrivilegedProcess)
        {
            return [];
        }

        var users = File.ReadLines("/etc/passwd").Select(line => line.Split(':')).Where(fields => fields.Length > 3).ToList();
        var user = users.Find(fields => fields[0] == "postgres") ?? users.Find(fields => fields[0] == "nobody")
            ?? throw new InvalidOperationException("PostgreSQL does not run as root; make a user 'postgres'.");
        return ["setpriv", $"--reuid={user[2]}", $"--regid={user[3]}", "--clear-groups"];
    }

    /// <summary>A session of its own keeps Ctrl-C, or the kill of our process group, from the one who cleans up.</summary>
    private static string[] OwnTerminalGroup() => PostgresPrograms.OnPath("setsid") is { } setsid ? [setsid] : [];

    public static string Storage() =>
        Directory.Exists(Memory) && new DriveInfo(Memory).AvailableFreeSpace >= RoomNeeded
            ? Memory
            : Path.GetTempPath().TrimEnd(Path.DirectorySeparatorChar);

    private static string Text(string script)
    {
        using var text = new StreamReader(
            typeof(ClusterShell).Assembly.GetManifestResourceStream($"{script}.sh")!);
        return text.ReadToEnd();
    }
}
