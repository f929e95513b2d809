namespace Millpond.Overload.Peers;

/// <summary>The compared services.</summary>
internal static class ComparedPeers
{
    public const string FastApi = "fastapi";

    /// <summary>Gets the names of the compared services, in the order of the tables.</summary>
    public static IReadOnlyList<string> Names { get; } = ["millpond", "raw", "efcore", FastApi];

    /// <summary>Gets the services that are measured only on request: Millpond with the same deadline as <c>raw</c>.</summary>
    public static IReadOnlyList<string> More { get; } = ["millpond-1s"];

    public static Peer Of(string name) => name == FastApi
        ? new Peer(name, [PythonPackages.Python, Path.Combine(AppContext.BaseDirectory, "fastapi_app.py")])
        : Peer.Own(name);
}
