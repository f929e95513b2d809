using Millpond.IntegrationTests.Servers;
using Npgsql;
using Xunit;

namespace Millpond.IntegrationTests.Sessions;

/// <summary>The driver's limit for a command (Command Timeout) beside the server's (StatementTimeout).</summary>
[Trait("Needs", "PostgreSQL")]
public sealed class PostgreSqlDriverLimitTests : SessionTestBase
{
    private const string Slow = "select pg_sleep(1.3)";

    private static readonly TimeSpan Long = TimeSpan.FromSeconds(10);

    [Theory]
    [InlineData("engine")]
    [InlineData("session")]
    [InlineData("batch")]
    public async Task S16_A_statement_timeout_longer_than_the_drivers_applies(string whose)
    {
        var engine = OfOneSecond(whose == "engine" ? Long : null);
        await using var session = engine.OpenSession(
            whose == "engine" ? null : new DbSessionOptions { StatementTimeout = Long });
        if (whose == "batch")
        {
            await using var batch = session.Connection.CreateBatch();
            batch.BatchCommands.Add(batch.CreateBatchCommand());
            batch.BatchCommands[0].CommandText = Slow;
            await batch.ExecuteNonQueryAsync(Token);
            return;
        }

        await ExecuteAsync(session, Slow, Token);
    }

    [Fact]
    public async Task S16_A_commands_own_timeout_applies()
    {
        await using var session = OfOneSecond(Long, seconds: 30).OpenSession();
        await using var command = session.Connection.CreateCommand();
        (command.CommandText, command.CommandTimeout) = ("select pg_sleep(60)", 1);
        await Assert.ThrowsAnyAsync<NpgsqlException>(() => command.ExecuteNonQueryAsync(Token));
    }

    protected override Task<ScratchDatabase> CreateDatabaseAsync() => RecycledAsync();

    private DbEngine OfOneSecond(TimeSpan? engineWide, int seconds = 1) => CreateEngine(options =>
    {
        options.ConnectionString = $"{PostgresUrl.ToConnectionString(Database.Url)};Command Timeout={seconds}";
        options.Session.StatementTimeout = engineWide;
    });
}
