using System.Data;
using Microsoft.Extensions.Logging.Abstractions;
using Millpond.IntegrationTests.Servers;
using Millpond.PostgreSql;
using Millpond.Providers;
using Npgsql;
using Xunit;

#pragma warning disable MILLSEAM // what a provider says of a transaction, without a session around it

namespace Millpond.IntegrationTests.Sessions;

/// <summary>Which transactions end without an answer that anybody has to wait for.</summary>
[Trait("Needs", "PostgreSQL")]
public sealed class PostgreSqlReadOnlyEndTests : IAsyncLifetime
{
    private ScratchDatabase _database = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _database = await ScratchDatabase.PostgreSqlAsync();

    public async ValueTask DisposeAsync() => await _database.DisposeAsync();

    [Theory]
    [InlineData(true, IsolationLevel.Unspecified, "", "select 1", true)]
    [InlineData(true, IsolationLevel.RepeatableRead, "", "select 1", true)]
    [InlineData(true, IsolationLevel.Serializable, "", "select 1", false)]   // its commit can meet a conflict
    [InlineData(true, IsolationLevel.Unspecified, "-c default_transaction_isolation=serializable", "select 1", false)]
    [InlineData(false, IsolationLevel.Unspecified, "", "select 1", false)]
    [InlineData(false, IsolationLevel.Unspecified, "-c default_transaction_read_only=on", "select 1", false)]   // can be undone
    [InlineData(true, IsolationLevel.Unspecified, "", "set transaction read write", false)]
    [InlineData(true, IsolationLevel.Unspecified, "", "select set_config('transaction_read_only', 'off', true)", false)]
    [InlineData(true, IsolationLevel.Unspecified, "", "select 1/0", true)]   // the session knows, and asks to verify
    public async Task S15_Only_read_only_transactions_below_serializable_end_unawaited(
        bool readOnly, IsolationLevel level, string settings, string sql, bool expected)
    {
        await using var source = new PostgreSqlSource(
            new SourceSettings
            {
                EngineName = "ends",
                ConnectionString = $"{PostgresUrl.ToConnectionString(_database.Url)};Options={settings}",
                PoolSize = 1,
                MaxOverflow = 0,
                OpenTimeout = TimeSpan.FromSeconds(15),
                ContentRoot = ".",
                Time = TimeProvider.System,
                LoggerFactory = NullLoggerFactory.Instance,
            },
            new PostgreSqlOptions { Pooler = PoolerMode.None });
        var connection = await source.RentAsync(Token);
        await connection.BeginAsync(new TransactionSettings { ReadOnly = readOnly, Isolation = level }, Token);
        await using var command = new NpgsqlCommand(sql);
        await Record.ExceptionAsync(() => connection.ExecuteScalarAsync(command, Token));
        Assert.Equal(expected, connection.CanEndWithoutReply);
        await connection.RollbackAsync(Token);
        await source.ReturnAsync(connection);
    }
}
