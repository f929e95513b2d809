using BenchmarkDotNet.Attributes;
using Millpond.Benchmarks.Fakes;

namespace Millpond.Benchmarks;

/// <summary>What a session costs by itself: the driver beneath it does nothing and allocates nothing.</summary>
[Config(typeof(BenchmarkSettings))]
public class SessionBenchmarks
{
    private readonly DbEngine _engine = DbEngine.Create(static options => options.UseProvider(new IdleProvider(), "idle:it"));

    [Benchmark]
    public async Task Untouched()
    {
        var session = _engine.OpenSession();
        await session.DisposeAsync().ConfigureAwait(false);
    }

    [Benchmark]
    public async Task<int> OneCommand()
    {
        var session = _engine.OpenSession();
        await using (session.ConfigureAwait(false))
        {
            var rows = await OneCommandAsync(session, CancellationToken.None).ConfigureAwait(false);
            await session.CommitAsync(CancellationToken.None).ConfigureAwait(false);
            return rows;
        }
    }

    [Benchmark]
    public Task<int> RunAsyncUntouched() => _engine.RunAsync(static (_, _) => Task.FromResult(0));

    [Benchmark]
    public Task<int> RunAsyncOneCommand() => _engine.RunAsync(OneCommandAsync);

    [GlobalCleanup]
    public async Task CleanUpAsync() => await _engine.DisposeAsync().ConfigureAwait(false);

    private static async Task<int> OneCommandAsync(DbSession session, CancellationToken cancellationToken)
    {
        var command = session.Connection.CreateCommand();
        await using (command.ConfigureAwait(false))
        {
            command.CommandText = "update accounts set balance = balance + 1 where id = 1";
            return await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }
    }
}
