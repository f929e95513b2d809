using System.Data.Common;
using BenchmarkDotNet.Attributes;
using Millpond.Benchmarks.Fakes;

namespace Millpond.Benchmarks;

/// <summary>What the session's own <see cref="DbConnection"/> adds to each command, beside the driver alone.</summary>
[Config(typeof(BenchmarkSettings))]
public class FacadeBenchmarks
{
    private readonly DbEngine _engine = DbEngine.Create(static options => options.UseProvider(new IdleProvider(), "idle:it"));
    private readonly DbSession _session;
    private readonly DbCommand _command;
    private readonly DbCommand _driver = new IdleCommand { CommandText = "select name from users where id = 1" };

    public FacadeBenchmarks()
    {
        _session = _engine.OpenSession();
        _command = _session.Connection.CreateCommand();
        _command.CommandText = _driver.CommandText;
    }

    [Benchmark(Baseline = true)]
    public Task<int> Driver() => _driver.ExecuteNonQueryAsync(CancellationToken.None);

    [Benchmark]
    public Task<int> Facade() => _command.ExecuteNonQueryAsync(CancellationToken.None);

    [Benchmark]
    public async Task<int> FacadeReaderOfTenRows()
    {
        var reader = await _command.ExecuteReaderAsync(CancellationToken.None).ConfigureAwait(false);
        await using (reader.ConfigureAwait(false))
        {
            var rows = 0;
            while (await reader.ReadAsync(CancellationToken.None).ConfigureAwait(false))
            {
                rows++;
            }

            return rows;
        }
    }

    [GlobalCleanup]
    public async Task CleanUpAsync()
    {
        await _session.DisposeAsync().ConfigureAwait(false);
        await _engine.DisposeAsync().ConfigureAwait(false);
    }
}
