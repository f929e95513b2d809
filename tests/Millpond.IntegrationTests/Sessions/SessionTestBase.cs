using System.Data.Common;
using System.Globalization;
using Xunit;

namespace Millpond.IntegrationTests.Sessions;

/// <summary>What the tests of the session rules stand on: a fresh database, an engine, and one table.</summary>
public abstract class SessionTestBase : IAsyncLifetime
{
    private const string Schema = "create table users (id integer primary key, name text unique)";

    private static readonly Databases Recycled = Databases.PostgreSql(
        DatabaseTemplate.FromSql(Schema), static o => (o.MaxDatabases, o.MaxKept, o.Output) = (8, 0, static _ => { }));

    private readonly List<DbEngine> _engines = [];
    private ScratchDatabase _database = null!;
    private DbEngine? _engine;

    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    protected ScratchDatabase Database => _database;

    protected DbEngine Engine => _engine ??= CreateEngine();

    public async ValueTask InitializeAsync()
    {
        _database = await CreateDatabaseAsync();
        if (!_database.IsFilled)
        {
            await using var engine = _database.CreateEngine();
            await engine.RunAsync((session, token) => ExecuteAsync(session, Schema, token), cancellationToken: Token);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var engine in _engines)
        {
            await engine.DisposeAsync();
        }

        await _database.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    protected static async Task<int> ExecuteAsync(DbSession session, string sql, CancellationToken token = default)
    {
        await using var command = session.Connection.CreateCommand();
        command.CommandText = sql;
        return await command.ExecuteNonQueryAsync(token);
    }

    protected static async Task<T> ScalarAsync<T>(DbSession session, string sql, CancellationToken token = default)
    {
        await using var command = session.Connection.CreateCommand();
        command.CommandText = sql;
        var value = await command.ExecuteScalarAsync(token);
        return (T)Convert.ChangeType(value!, typeof(T), CultureInfo.InvariantCulture);
    }

    protected static async Task<DbDataReader> ReaderAsync(DbSession session, string sql, CancellationToken token = default)
    {
        var command = session.Connection.CreateCommand();
        command.CommandText = sql;
        return await command.ExecuteReaderAsync(token);
    }

    protected abstract Task<ScratchDatabase> CreateDatabaseAsync();

    /// <summary>A database of PostgreSQL's that holds the table and that other tests have had.</summary>
    protected static Task<ScratchDatabase> RecycledAsync() => ScratchDatabase.RecycledAsync(Recycled);

    protected DbEngine CreateEngine(Action<EngineOptions>? configure = null)
    {
        var engine = _database.CreateEngine(configure);
        _engines.Add(engine);
        return engine;
    }

    /// <summary>Reads on an engine of its own, so that nothing of the engine under test can answer from its own state.</summary>
    protected async Task<long> CountUsersAsync(string where = "true")
    {
        await using var engine = _database.CreateEngine(static options => options.PoolSize = 1);
        return await engine.RunAsync(
            (session, token) => ScalarAsync<long>(session, $"select count(*) from users where {where}", token),
            new DbSessionOptions { Access = SessionAccess.ReadOnly },
            Token);
    }

    /// <summary>Asserts that nothing is held any more; a clean-up in the background is given a moment.</summary>
    protected static async Task AssertNothingHeldAsync(DbEngine engine)
    {
        var end = DateTime.UtcNow.AddSeconds(10);
        while (engine.GetSnapshot() is { } now && now.InUse + now.Holders.Count + now.Waiting > 0 && DateTime.UtcNow < end)
        {
            await Task.Delay(10, Token);
        }

        var left = engine.GetSnapshot();
        Assert.Equal((0, 0, 0, 0, false), (left.InUse, left.Holders.Count, left.Waiting, left.WaitingToWrite, left.IsWriting));
    }
}
