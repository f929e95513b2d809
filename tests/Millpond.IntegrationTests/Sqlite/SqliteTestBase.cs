using System.Diagnostics;
using System.Reflection;
using Millpond.IntegrationTests.Sessions;
using Xunit;
using DriverConnection = Microsoft.Data.Sqlite.SqliteConnection;

namespace Millpond.IntegrationTests.Sqlite;

/// <summary>What the tests of the SQLite provider stand on: a file of their own, and a stranger to it.</summary>
public abstract class SqliteTestBase : SessionTestBase
{
    /// <summary>A write that would take minutes.</summary>
    protected const string EndlessWrite =
        "insert into users (name) with recursive c (i) as (select 1 union all select i + 1 from c where i < 1000000000) " +
        "select 'user ' || i from c";

    /// <summary>Writes more rows than are read ahead at once.</summary>
    protected const string ManyUsers = "insert into users (name) with recursive c (i) as (" +
        "select 1 union all select i + 1 from c where i < 2000) select 'user ' || i from c";

    /// <summary>A query that would take minutes.</summary>
    protected const string EndlessQuery =
        "with recursive c (i) as (select 1 union all select i + 1 from c where i < 100000000000) select count(*) from c";

    protected string File => Database.Url["sqlite:".Length..];

    protected static DbSessionOptions ReadOnly => new() { Access = SessionAccess.ReadOnly };

    protected static DbSessionOptions Writer => new() { Access = SessionAccess.ReadWrite };

    protected override Task<ScratchDatabase> CreateDatabaseAsync() => ScratchDatabase.SqliteAsync();

    /// <summary>Opens a session as a GET request does: a reader that may become the writer.</summary>
    protected static DbSession OpenReader(DbEngine engine)
    {
        // Only UseMillpond knows HTTP methods; here is what it does with them.
        var type = typeof(DbSession).Assembly.GetType("Millpond.Leasing.SessionOrigin", throwOnError: true)!;
        var origin = Activator.CreateInstance(type)!;
        type.GetProperty("Operation")!.SetValue(origin, "GET /reports");
        type.GetProperty("BeginsAsWriter")!.SetValue(origin, false);
        var open = typeof(DbEngine).GetMethods(BindingFlags.Instance | BindingFlags.NonPublic)
            .Single(method => method.Name == "OpenSession" && method.GetParameters()[1].ParameterType == type);
        return (DbSession)open.Invoke(engine, [null, origin])!;
    }

    /// <summary>Opens a connection that the engine knows nothing of, as another process has.</summary>
    protected DriverConnection OpenStranger()
    {
        var stranger = new DriverConnection($"Data Source={File};Pooling=False;Default Timeout=5");
        stranger.Open();
        return stranger;
    }

    protected static void Run(DriverConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    protected async Task UntilAsync(Func<EngineSnapshot, bool> condition, DbEngine? engine = null)
    {
        while (!condition((engine ?? Engine).GetSnapshot()))
        {
            await Task.Delay(1, Token);
        }
    }

    /// <summary>Asserts that the thread pool serves new work now. Blocked threads show: it adds one or two a second.</summary>
    internal static async Task AssertThreadPoolIsFreeAsync()
    {
        var start = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(static () => { }, Token)));
        Assert.InRange(Stopwatch.GetElapsedTime(start), TimeSpan.Zero, TimeSpan.FromSeconds(3));
    }
}
