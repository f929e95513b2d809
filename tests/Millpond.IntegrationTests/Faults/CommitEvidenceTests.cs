using System.Data;
using Microsoft.Extensions.Logging.Abstractions;
using Millpond.IntegrationTests.Servers;
using Millpond.IntegrationTests.Sessions;
using Millpond.PostgreSql;
using Millpond.PostgreSql.Outcome;
using Millpond.Providers;
using Npgsql;
using Xunit;

#pragma warning disable MILLSEAM // what a provider does, without a session around it

namespace Millpond.IntegrationTests.Faults;

/// <summary>What PostgreSQL says of a transaction, and when it is believed.</summary>
[Trait("Needs", "PostgreSQL")]
public sealed class CommitEvidenceTests : IAsyncLifetime
{
    private ScratchDatabase _database = null!;
    private PostgreSqlSource _source = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _database = await ScratchDatabase.OnItsOwnServerAsync();
        _source = new PostgreSqlSource(
            new SourceSettings
            {
                EngineName = "evidence",
                ConnectionString = PostgresUrl.ToConnectionString(_database.Url),
                PoolSize = 2,
                MaxOverflow = 0,
                OpenTimeout = TimeSpan.FromSeconds(15),
                ContentRoot = ".",
                Time = TimeProvider.System,
                LoggerFactory = NullLoggerFactory.Instance,
            },
            new PostgreSqlOptions { Pooler = PoolerMode.None });
    }

    public async ValueTask DisposeAsync()
    {
        await _source.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Fact]
    public async Task S18_The_database_is_trusted_only_if_it_is_surely_the_same()
    {
        var evidence = await CommitAsync("create table t (i int)");
        Assert.Equal(CommitOutcome.Committed, await AskAsync(evidence));
        var restarted = evidence with { Start = evidence.Start.AddSeconds(-1) };
        Assert.Equal(CommitOutcome.Committed, await AskAsync(restarted));
        Assert.Equal(CommitOutcome.Unknown, await AskAsync(restarted with { System = evidence.System + 1 }));
        Assert.Equal(CommitOutcome.Unknown, await AskAsync(restarted with { System = null }));
        Assert.Equal(CommitOutcome.Unknown, await AskAsync(evidence with { Timeline = "00000009" }));
        Assert.Equal(CommitOutcome.Unknown, await AskAsync(evidence with { Timeline = null, Flushed = null }));   // a standby's
        Assert.Equal(CommitOutcome.Unknown, await AskAsync(evidence with { Transaction = evidence.Transaction + 1_000_000 }));
        Assert.Equal(CommitOutcome.Committed, await AskAsync(evidence with { Transaction = null }));   // nothing was written
        Assert.Equal(CommitOutcome.Unknown, await _source.ConfirmCommitAsync("another provider's", wrote: false, Token));
    }

    [Fact]
    public async Task S18_A_rolled_back_transaction_is_recognised()
    {
        var evidence = await CommitAsync("create table t (i int)");
        await using var connection = new Npgsql.NpgsqlConnection(PostgresUrl.ToConnectionString(_database.Url));
        await connection.OpenAsync(Token);
        await using var transaction = await connection.BeginTransactionAsync(Token);
        await using var command = new NpgsqlCommand("select pg_current_xact_id()::text", connection);
        var other = ulong.Parse((string)(await command.ExecuteScalarAsync(Token))!);
        await transaction.RollbackAsync(Token);
        Assert.Equal(CommitOutcome.RolledBack, await AskAsync(evidence with { Transaction = other }));
    }

    private async Task<CommitOutcome> AskAsync(Evidence evidence) =>
        await _source.ConfirmCommitAsync(evidence, wrote: false, Token).WaitAsync(TimeSpan.FromSeconds(10), Token);

    private async Task<Evidence> CommitAsync(string sql)
    {
        var connection = await _source.RentAsync(Token);
        await connection.BeginAsync(new TransactionSettings { Isolation = IsolationLevel.Unspecified }, Token);
        await using var command = new NpgsqlCommand(sql);
        await connection.ExecuteNonQueryAsync(command, Token);
        Assert.True(await connection.CommitConfirmablyAsync(verify: false, Token));
        await _source.ReturnAsync(connection);
        return Assert.IsType<Evidence>(connection.CommitEvidence);
    }
}
