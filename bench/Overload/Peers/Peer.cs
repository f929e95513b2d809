namespace Millpond.Overload.Peers;

/// <summary>One of the services that are compared.</summary>
/// <param name="Name">As the tables show it.</param>
/// <param name="Command">The program that serves, and its arguments.</param>
internal sealed record Peer(string Name, IReadOnlyList<string> Command)
{
    public const string Python = "/usr/bin/python3";
    public const string FastApi = "fastapi";

    /// <summary>Gets the names of those that are compared, in the order of the tables.</summary>
    public static IReadOnlyList<string> Names { get; } = ["millpond", "raw", "efcore", FastApi];

    /// <summary>Gets those that are run on demand: Millpond with the deadline that <c>raw</c> knows of too.</summary>
    public static IReadOnlyList<string> More { get; } = ["millpond-1s"];

    public static Peer Of(string name)
    {
        if (name == FastApi)
        {
            return new Peer(name, [Python, Path.Combine(AppContext.BaseDirectory, "fastapi_app.py")]);
        }

        var host = Environment.ProcessPath!;
        var isHost = Path.GetFileNameWithoutExtension(host).Equals("dotnet", StringComparison.OrdinalIgnoreCase);
        string[] program = isHost ? [host, typeof(Peer).Assembly.Location] : [host];
        return new Peer(name, [.. program, "serve", name]);
    }
}
