using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Millpond.Tests.Sessions;

/// <summary>Engines without a database, whose time passes only when a test says so.</summary>
public abstract class VirtualTimeTestBase : IAsyncLifetime
{
    private readonly List<DbEngine> _engines = [];

    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    protected FakeTimeProvider Time { get; } = new(new DateTimeOffset(2026, 1, 1, 12, 0, 0, TimeSpan.Zero));

    private protected FakeProvider Provider { get; } = new();

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    /// <summary>Ends the engines, and has the time pass that this may take: a test that failed must not hang.</summary>
    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        foreach (var engine in _engines)
        {
            var end = engine.DisposeAsync().AsTask();
            while (!end.IsCompleted)
            {
                Time.Advance(TimeSpan.FromSeconds(1));
                await Task.Yield();
            }

            await end;
        }
    }

    protected static async Task RunAsync(DbSession session, string text = "select 1")
    {
        var command = session.Connection.CreateCommand();
        command.CommandText = text;
        await command.ExecuteNonQueryAsync(Token);
    }

    /// <summary>Fails as if the session's own connection had reported the error.</summary>
    protected static Task ReportAsync(DbSession session, Exception error) =>
        session.UseProviderConnectionAsync<SqliteConnection>((_, _) => Task.FromException(error), Token);

    protected static void NothingHeld(DbEngine engine) =>
        Assert.Equal((0, 0), (engine.GetSnapshot().InUse, engine.GetSnapshot().Holders.Count));

    /// <summary>Lets the pauses between tries pass.</summary>
    protected async Task InTimeAsync(Task run)
    {
        while (!run.IsCompleted)
        {
            Time.Advance(TimeSpan.FromMilliseconds(100));
            await Task.Yield();
        }

        await run;
    }

    protected DbEngine Engine(int permits, TimeSpan limit, Action<EngineOptions>? configure = null)
    {
        var engine = FakeProvider.CreateEngine(Provider, options =>
        {
            options.TimeProvider = Time;
            options.PoolSize = permits;
            options.PoolTimeout = options.CleanupTimeout = limit;
            configure?.Invoke(options);
        });
        _engines.Add(engine);
        return engine;
    }
}
