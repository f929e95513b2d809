using System.Data.Common;
using System.Diagnostics;
using Xunit;

namespace Millpond.IntegrationTests.Bank;

/// <summary>Programs that wait behind a transaction of the test's, and go on all at once when this is disposed.</summary>
internal sealed class BankCrowd(DbConnection? gate, DbConnection? watch) : IAsyncDisposable
{
    public async Task UntilWaitingAsync(int programs)
    {
        if (watch is null)
        {
            return;
        }

        await using var command = watch.CreateCommand();   // not the gate's: within a transaction the view stands still
        command.CommandText =
            "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
        for (var clock = Stopwatch.StartNew(); (long)(await command.ExecuteScalarAsync())! < programs; await Task.Delay(20))
        {
            Assert.True(clock.Elapsed < TimeSpan.FromSeconds(40), "The programs do not wait for each other.");
        }
    }

    public async ValueTask DisposeAsync()
    {
        await (gate?.DisposeAsync() ?? default);
        await (watch?.DisposeAsync() ?? default);
    }
}
