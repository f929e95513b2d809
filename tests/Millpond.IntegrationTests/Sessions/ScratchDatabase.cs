using Millpond.IntegrationTests.Servers;

namespace Millpond.IntegrationTests.Sessions;

/// <summary>A database of a test's own: a kind, and the URL of a fresh one.</summary>
public sealed class ScratchDatabase : IAsyncDisposable
{
    private readonly Func<ValueTask> _drop;

    private ScratchDatabase(bool isPostgres, string url, Func<ValueTask> drop)
    {
        IsPostgres = isPostgres;
        Url = url;
        _drop = drop;
    }

    public bool IsPostgres { get; }

    public string Url { get; }

    /// <summary>Gets whether the tables of the test's base class are there.</summary>
    public bool IsFilled { get; private init; }

    /// <summary>An empty one of PostgreSQL's. It is dropped in the background.</summary>
    public static async Task<ScratchDatabase> PostgreSqlAsync()
    {
        var server = await PostgresServer.GetAsync();
        var url = await server.CreateDatabaseAsync();
        return new ScratchDatabase(true, url, () =>
        {
            _ = server.DropDatabaseAsync(url);
            return default;
        });
    }

    /// <summary>One of PostgreSQL's that the kit has made from a template and gives to one test after another.</summary>
    public static async Task<ScratchDatabase> RecycledAsync(Databases databases)
    {
        var database = await databases.AcquireAsync();
        _ = database.ConnectionString;   // this says that there are other connections than the kit's
        var server = await TestServer.FindAsync();
        return new ScratchDatabase(true, PostgresUrl.WithDatabase(server.Url, database.Name), database.DisposeAsync)
        {
            IsFilled = true,
        };
    }

    /// <summary>One of PostgreSQL's on a server of its own: where somebody drops a database, the server makes a checkpoint, after
    /// which it is no longer believed about a commit before it (S18).</summary>
    internal static async Task<ScratchDatabase> OnItsOwnServerAsync()
    {
        var server = await PostgresServer.StartOwnAsync();
        return new ScratchDatabase(true, await server.CreateDatabaseAsync(), server.DisposeAsync);
    }

    /// <summary>One of PostgreSQL's behind a PgBouncer.</summary>
    internal static async Task<ScratchDatabase> BehindAsync(Task<PgBouncer> pooler)
    {
        var own = await PostgreSqlAsync();
        return new ScratchDatabase(true, (await pooler).Before(own.Url), own.DisposeAsync);
    }

    public static Task<ScratchDatabase> SqliteAsync()
    {
        var folder = Directory.CreateTempSubdirectory("millpond-");
        var url = $"sqlite:{Path.Combine(folder.FullName, "test.db")}";
        return Task.FromResult(new ScratchDatabase(false, url, () =>
        {
            folder.Delete(recursive: true);
            return ValueTask.CompletedTask;
        }));
    }

    public DbEngine CreateEngine(Action<EngineOptions>? configure = null) => DbEngine.Create(options =>
    {
        Configure(options);
        configure?.Invoke(options);
    });

    /// <summary>Offers both providers; the URL picks.</summary>
    public void Configure(EngineOptions options)
    {
        options.UseSqlite();
        options.UsePostgreSql();
        options.ConnectionString = Url;
    }

    public ValueTask DisposeAsync() => _drop();
}
