using Millpond.Compare.Measures;
using Millpond.Compare.Services;
using Millpond.Overload.Peers;

namespace Millpond.Compare.Peers;

/// <summary>A service that is measured, and the one it is measured against.</summary>
/// <param name="Name">As the tables show it.</param>
/// <param name="Against">Whose figures its ratios divide by; null: its own are the measure.</param>
internal sealed record ComparedPeer(string Name, string? Against)
{
    public const string FastApi = "fastapi";

    /// <summary>Gets the services on PostgreSQL, each right behind the one it is measured against.</summary>
    public static IReadOnlyList<ComparedPeer> Postgres { get; } =
    [
        new("raw", null), new("millpond-ado", "raw"), new("millpond-ado-queue", "raw"),
        new("raw-prepared", null), new("millpond-ado-prepared", "raw-prepared"),
        new("millpond-ado-queue-prepared", "raw-prepared"),
        new("auto", null), new("millpond-autocommit", "auto"),
        new("dapper", null), new("millpond-dapper", "dapper"), new("millpond-dapper-queue", "dapper"),
        new("efcore", null), new("millpond-efcore", "efcore"), new("millpond-efcore-pooled", "efcore"),
        new("efcore-unpooled", "efcore"),
        new(FastApi, "raw"),
    ];

    /// <summary>Gets the services on SQLite.</summary>
    public static IReadOnlyList<ComparedPeer> Sqlite { get; } =
    [
        new("sqlite-raw", null), new("sqlite-millpond", "sqlite-raw"), new("sqlite-millpond-queue", "sqlite-raw"),
        new("sqlite-efcore", null), new("sqlite-millpond-efcore", "sqlite-efcore"),
    ];

    /// <summary>Says whether it does that work: without a transaction there are no transfers.</summary>
    public bool Does(Workload workload) => workload != Workload.Transfer || Name is not ("auto" or "millpond-autocommit");

    /// <summary>Gets whether it can say how many bytes it allocated.</summary>
    public bool TellsAllocations => Name != FastApi;

    public Peer ToPeer() => Name == FastApi
        ? new Peer(Name, [PythonPackages.Python, Path.Combine(AppContext.BaseDirectory, "fastapi_app.py")])
        : Peer.Own(Name);

    /// <summary>What a service's environment tells it but the port.</summary>
    public static IReadOnlyDictionary<string, string> Settings(string connectionString, string url, string file) =>
        new Dictionary<string, string>
        {
            [CompareService.Database] = connectionString,
            [CompareService.DatabaseUrl] = url,
            [CompareService.SqliteFile] = file,
        };
}
