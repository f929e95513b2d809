namespace Millpond.Overload.Peers;

/// <summary>A service that can be started.</summary>
/// <param name="Name">The name in the tables.</param>
/// <param name="Command">The program and its arguments.</param>
internal sealed record Peer(string Name, IReadOnlyList<string> Command)
{
    /// <summary>Creates a service that this program runs: <c>serve name</c>.</summary>
    public static Peer Own(string name)
    {
        var host = Environment.ProcessPath!;
        var isHost = Path.GetFileNameWithoutExtension(host).Equals("dotnet", StringComparison.OrdinalIgnoreCase);
        string[] program = isHost ? [host, typeof(Peer).Assembly.Location] : [host];
        return new Peer(name, [.. program, "serve", name]);
    }
}
