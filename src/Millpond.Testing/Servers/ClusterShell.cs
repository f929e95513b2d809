using System.Diagnostics;
using System.Globalization;
using System.Reflection;

namespace Millpond.Testing.Servers;

/// <summary>Describes how the shell of a throw-away server is started: as which user, and on which storage.</summary>
internal static class ClusterShell
{
    private const string Memory = "/dev/shm";
    private const long RoomNeeded = 512L << 20;   // Docker provides 64 MB of /dev/shm, less than a cluster needs

    public static ProcessStartInfo DescribeCluster(string programs, int port, params string[] settings) => Describe(
        typeof(ClusterShell).Assembly,
        "throw-away-cluster",
        [programs, Storage(), port.ToString(CultureInfo.InvariantCulture), .. settings]);

    /// <param name="assembly">Contains the script as a resource.</param>
    /// <param name="script">The name of the script, without its ending.</param>
    /// <param name="arguments">The arguments of the script.</param>
    public static ProcessStartInfo Describe(Assembly assembly, string script, params string[] arguments)
    {
        string[] command =
        [
            .. Unprivileged(),
            .. OwnTerminalGroup(),
            "sh", "-c", Text(assembly, script), script, .. arguments,
        ];
        return new ProcessStartInfo(command[0], command[1..])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            WorkingDirectory = "/",   // the other user may not have access to the current directory
        };
    }

    /// <summary>PostgreSQL rejects root, so root becomes <c>postgres</c>, or <c>nobody</c> if that does not exist.</summary>
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

    /// <summary>A separate session keeps Ctrl-C, or a kill of the process group, from the shell that cleans up.</summary>
    private static string[] OwnTerminalGroup() => PostgresPrograms.OnPath("setsid") is { } setsid ? [setsid] : [];

    public static string Storage() =>
        Directory.Exists(Memory) && new DriveInfo(Memory).AvailableFreeSpace >= RoomNeeded
            ? Memory
            : Path.GetTempPath().TrimEnd(Path.DirectorySeparatorChar);

    private static string Text(Assembly assembly, string script)
    {
        using var text = new StreamReader(assembly.GetManifestResourceStream($"{script}.sh")!);
        return text.ReadToEnd();
    }
}
