using System.Data.Common;
using System.Diagnostics;
using Xunit;

namespace Millpond.IntegrationTests.Bank;

/// <summary>Programs that wait behind a transaction of the test's, and go on all at once when this is disposed.</summary>
internal sealed class BankCrowd(DbConnection? gate) : IAsyncDisposable
{
    public async Task UntilWaitingAsync(int programs)
    {
        if (gate is null)
        {
            return;
        }

        await using var command = gate.CreateCommand();
        command.CommandText = "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
        for (var watch = Stopwatch.StartNew(); (long)(await command.ExecuteScalarAsync())! < programs; await Task.Delay(20))
        {
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(40), "The programs do not wait for each other.");
        }
    }

    public ValueTask DisposeAsync() => gate?.DisposeAsync() ?? default;
}
