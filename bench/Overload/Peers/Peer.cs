namespace Millpond.Overload.Peers;

/// <summary>A service to start.</summary>
/// <param name="Name">As the tables show it.</param>
/// <param name="Command">The program that serves, and its arguments.</param>
internal sealed record Peer(string Name, IReadOnlyList<string> Command)
{
    /// <summary>This program once more, as the service of this name: <c>serve name</c>.</summary>
    public static Peer Own(string name)
    {
        var host = Environment.ProcessPath!;
        var isHost = Path.GetFileNameWithoutExtension(host).Equals("dotnet", StringComparison.OrdinalIgnoreCase);
        string[] program = isHost ? [host, typeof(Peer).Assembly.Location] : [host];
        return new Peer(name, [.. program, "serve", name]);
    }
}
