using Millpond.IntegrationTests.Sessions;
using Xunit;

namespace Millpond.IntegrationTests.Requests;

/// <summary>
/// A database that the tests of one class share, one after the other, with an engine that looks at it from outside.
/// </summary>
public abstract class RequestDatabase : IAsyncLifetime
{
    private ScratchDatabase _database = null!;

    public bool IsPostgres => _database.IsPostgres;

    /// <summary>Gets an engine beside the one under test: it sees only what is committed.</summary>
    public DbEngine Observer { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        _database = await CreateAsync();
        Observer = _database.CreateEngine(static options => options.PoolSize = 2);
        var key = IsPostgres ? "serial" : "integer";
        await ExecuteAsync($"create table users (id {key} primary key, name text)");
        await ExecuteAsync(
            $"create table posts (id {key} primary key, author integer references users (id) deferrable initially deferred)");
    }

    /// <summary>Gets or sets a site that the tests of the class share; it is disposed with the database.</summary>
    public TestSite? Site { get; set; }

    public async ValueTask DisposeAsync()
    {
        await (Site?.DisposeAsync() ?? ValueTask.CompletedTask);
        await Observer.DisposeAsync();
        await _database.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    public void Configure(EngineOptions options) => _database.Configure(options);

    /// <summary>Does something as somebody else would: it belongs to no request in which a test calls it.</summary>
    public Task ExecuteAsync(string sql)
    {
        using (ExecutionContext.SuppressFlow())
        {
            return Task.Run(() => Observer.RunAsync((session, token) => session.RunAsync(sql, token)));
        }
    }

    public Task<long> ScalarAsync(string sql) => Observer.RunAsync(
        (session, token) => session.ScalarAsync(sql, token), new DbSessionOptions { Access = SessionAccess.ReadOnly });

    protected abstract Task<ScratchDatabase> CreateAsync();
}
