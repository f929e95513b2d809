using Millpond.Compare.Measures;
using Millpond.Compare.Services;
using Millpond.Overload.Peers;

namespace Millpond.Compare.Peers;

/// <summary>A measured service and its reference.</summary>
/// <param name="Name">The name in the tables.</param>
/// <param name="Against">The service to whose figures its ratios refer; null: it is a reference itself.</param>
internal sealed record ComparedPeer(string Name, string? Against)
{
    public const string FastApi = "fastapi";

    /// <summary>Gets the services on PostgreSQL, each after its reference.</summary>
    public static IReadOnlyList<ComparedPeer> Postgres { get; } =
    [
        new("raw", null), new("millpond-ado", "raw"), new("millpond-ado-queue", "raw"),
        new("raw-prepared", null), new("millpond-ado-prepared", "raw-prepared"),
        new("millpond-ado-queue-prepared", "raw-prepared"),
        new("auto", null), new("millpond-autocommit", "auto"),
        new("dapper", null), new("millpond-dapper", "dapper"), new("millpond-dapper-queue", "dapper"),
        new("millpond-ado-measured", "millpond-ado"), new("millpond-ado-traced", "millpond-ado"),
        new("millpond-ado-telemetry", "millpond-ado"),
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

    /// <summary>Returns whether it supports a workload: without transactions there are no transfers.</summary>
    public bool Does(Workload workload) => workload != Workload.Transfer || Name is not ("auto" or "millpond-autocommit");

    /// <summary>Gets whether it reports its allocated bytes.</summary>
    public bool TellsAllocations => Name != FastApi;

    public Peer ToPeer() => Name == FastApi
        ? new Peer(Name, [PythonPackages.Python, Path.Combine(AppContext.BaseDirectory, "fastapi_app.py")])
        : Peer.Own(Name);

    /// <summary>Gets the environment variables of a service, except for the port.</summary>
    public static IReadOnlyDictionary<string, string> Settings(string connectionString, string url, string file) =>
        new Dictionary<string, string>
        {
            [CompareService.Database] = connectionString,
            [CompareService.DatabaseUrl] = url,
            [CompareService.SqliteFile] = file,
        };
}
