using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Millpond.IntegrationTests.Bank;
using Millpond.IntegrationTests.Requests;
using Xunit;
using DriverConnection = Microsoft.Data.Sqlite.SqliteConnection;

namespace Millpond.IntegrationTests.Sqlite;

/// <summary>
/// What tests of files that are wrong stand on: a folder of their own, engines and sites on a file in it.
/// </summary>
public abstract class FileTestBase(SqliteRequestDatabase kind) : IAsyncLifetime, IClassFixture<SqliteRequestDatabase>
{
    protected const string Insert = "insert into users (name) values ('ada')";
    protected const string CountAll = "select count(*) from users";

    private readonly DirectoryInfo _folder = System.IO.Directory.CreateTempSubdirectory("millpond-");
    private readonly List<DbEngine> _engines = [];
    private readonly List<TestSite> _sites = [];

    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    protected static DbSessionOptions ReadOnly => new() { Access = SessionAccess.ReadOnly };

    protected string Folder => _folder.FullName;

    protected virtual string File => Path.Combine(Folder, "bank.db");

    protected string Url => $"sqlite:{File}";

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    /// <summary>Ends everything; whatever a test was about, nothing is held any more and everything closes.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (var engine in _sites.Select(static site => site.Engine).Concat(_engines))
        {
            await UntilAsync(
                () => Task.FromResult(
                    engine.GetSnapshot() is { InUse: 0, Holders.Count: 0, Waiting: 0, WaitingToWrite: 0, IsWriting: false }),
                "nothing was held any more");
        }

        foreach (var site in _sites)
        {
            await site.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(30));
        }

        foreach (var engine in _engines)
        {
            await engine.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(30));
        }

        _folder.Delete(recursive: true);
        GC.SuppressFinalize(this);
    }

    protected static async Task UntilAsync(Func<Task<bool>> happened, string what)
    {
        for (var end = DateTime.UtcNow.AddSeconds(30); !await happened(); await Task.Delay(10))
        {
            Assert.True(DateTime.UtcNow < end, $"It took more than 30 s until {what}.");
        }
    }

    protected DbEngine Open(string query = "", Action<EngineOptions>? configure = null)
    {
        var engine = DbEngine.Create(options =>
        {
            options.UseSqlite(Url + query);
            configure?.Invoke(options);
        });
        _engines.Add(engine);
        return engine;
    }

    /// <summary>Starts a site on the file: it adds, counts and deletes users, and says how it is.</summary>
    protected async Task<TestSite> StartSiteAsync(string query = "", Action<EngineOptions>? configure = null)
    {
        var site = await TestSite.StartAsync(kind, new SitePlan
        {
            Engine = options =>
            {
                options.ConnectionString = Url + query;
                configure?.Invoke(options);
            },
            Services = static services =>
            {
                services.AddMillpondProblemDetails();
                services.AddHealthChecks().AddMillpond();
            },
            Outside = static app => app.UseExceptionHandler(),
            Map = static app =>
            {
                app.MapGet("/users", async (DbSession session) =>
                    await session.ScalarAsync("select count(*) + 0 * ifnull(sum(length(name)), 0) from users"));
                app.MapPost("/users", async (DbSession session) => await session.RunAsync(Insert));
                app.MapPost("/blobs", async (DbSession session) =>
                    await session.RunAsync("insert into users (name) values (zeroblob(1000000))"));
                app.MapDelete("/users", async (DbSession session) => await session.RunAsync("delete from users"));
                app.MapHealthChecks("/health");
            },
        });
        _sites.Add(site);
        return site;
    }

    internal static BankClient ClientOf(TestSite site) => new(site.Address);

    /// <summary>Asserts that a client is told neither SQL nor the file nor SQLite's words.</summary>
    private protected void AssertTellsNothing(Answer answer)
    {
        foreach (var secret in new[] { "SQLite", "users", "insert", Folder, "disk", "readonly" })
        {
            Assert.DoesNotContain(secret, answer.Text, StringComparison.OrdinalIgnoreCase);
        }
    }

    /// <summary>Asserts that what was answered is in the log, with the file and the advice.</summary>
    protected void AssertLogged(TestSite site, string advice) => Assert.Contains(
        site.Log.Of(LogLevel.Warning),
        line => line.Contains(File, StringComparison.Ordinal) && line.Contains(advice, StringComparison.Ordinal));

    /// <summary>Makes the file with so many users, behind everybody's back, and leaves nothing beside it.</summary>
    protected void Make(int users = 0)
    {
        RunBehind("pragma journal_mode=wal; create table users (id integer primary key, name text)");
        RunBehind($"with recursive n (i) as (select 1 union all select i + 1 from n where i < {users}) " +
            $"insert into users select i, 'user ' || i || hex(zeroblob(500)) from n where {users} > 0");
    }

    protected long CountBehind() => (long)RunBehind(CountAll)!;

    protected object? RunBehind(string sql)
    {
        using var connection = new DriverConnection($"Data Source={File};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar();
    }

    protected static Task AddAsync(DbEngine engine) =>
        engine.RunAsync((session, token) => session.RunAsync(Insert, token), cancellationToken: Token);

    protected static Task<long> CountAsync(DbEngine engine) =>
        engine.RunAsync((session, token) => session.ScalarAsync(CountAll, token), ReadOnly, Token);
}
