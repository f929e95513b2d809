namespace Millpond.Overload.Peers;

/// <summary>The services that are compared.</summary>
internal static class ComparedPeers
{
    public const string FastApi = "fastapi";

    /// <summary>Gets the names of those that are compared, in the order of the tables.</summary>
    public static IReadOnlyList<string> Names { get; } = ["millpond", "raw", "efcore", FastApi];

    /// <summary>Gets those that are run on demand: Millpond with the deadline that <c>raw</c> knows of too.</summary>
    public static IReadOnlyList<string> More { get; } = ["millpond-1s"];

    public static Peer Of(string name) => name == FastApi
        ? new Peer(name, [PythonPackages.Python, Path.Combine(AppContext.BaseDirectory, "fastapi_app.py")])
        : Peer.Own(name);
}
