using Npgsql;
using Xunit;

namespace Millpond.IntegrationTests.Sessions;

[Trait("Needs", "PostgreSQL")]
public class PostgreSqlAutocommitTests : AutocommitRules
{
    protected override Task<ScratchDatabase> CreateDatabaseAsync() => RecycledAsync();

    [Fact]
    public async Task S16_In_autocommit_a_lost_connection_fails_its_statement_and_the_next_uses_another()
    {
        var engine = CreateEngine(static options => (options.PoolSize, options.MaxOverflow) = (1, 0));
        await using var session = engine.OpenSession(Autocommit);
        await ExecuteAsync(session, "insert into users values (1, 'ada')", Token);
        await Assert.ThrowsAsync<DatabaseUnavailableException>(
            () => ExecuteAsync(session, "select pg_terminate_backend(pg_backend_pid())", Token));
        await AssertNothingHeldAsync(engine);
        await ExecuteAsync(session, "insert into users values (2, 'bob')", Token);
        Assert.Equal(2, await CountUsersAsync());
    }

    [Fact]
    public async Task S18_An_autocommit_statement_that_loses_its_connection_has_an_unknown_outcome()
    {
        await using var session = Engine.OpenSession(Autocommit);

        var error = await Assert.ThrowsAsync<DatabaseUnavailableException>(
            () => ExecuteAsync(session, "select pg_terminate_backend(pg_backend_pid())", Token));

        Assert.False(error.IsTransient);
        Assert.Contains("it is unknown whether it took effect", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task S16_In_autocommit_a_reader_whose_connection_was_lost_is_closed_without_another_one()
    {
        var engine = CreateEngine(static options => (options.PoolSize, options.MaxOverflow) = (1, 0));
        await using var session = engine.OpenSession(Autocommit);
        await using (var reader = await ReaderAsync(
            session, "select pg_backend_pid(), repeat('x', 1000) from generate_series(1, 100000)", Token))
        {
            Assert.True(await reader.ReadAsync(Token));
            var kill = $"select pg_terminate_backend({reader.GetInt32(0)}, 5000)";
            await Engine.RunAsync((other, token) => ExecuteAsync(other, kill, token), cancellationToken: Token);
            await Assert.ThrowsAsync<DatabaseUnavailableException>(async () =>
            {
                while (await reader.ReadAsync(Token))
                {
                    // What the driver has read by now.
                }
            });
        }

        Assert.Equal((0, SessionState.Idle), (engine.GetSnapshot().InUse, session.State));
    }

    [Fact]
    public async Task S16_In_autocommit_a_session_survives_a_transaction_whose_connection_was_lost()
    {
        await using var session = Engine.OpenSession(Autocommit);
        await using (await session.BeginTransactionAsync(Token))
        {
            await ExecuteAsync(session, "insert into users values (1, 'ada')", Token);
            await Assert.ThrowsAsync<DatabaseUnavailableException>(
                () => ExecuteAsync(session, "select pg_terminate_backend(pg_backend_pid())", Token));
            Assert.Equal(SessionState.Lost, session.State);
        }

        Assert.Equal(SessionState.Idle, session.State);
        await ExecuteAsync(session, "insert into users values (2, 'bob')", Token);
        Assert.Equal((1, 1), (await CountUsersAsync(), await CountUsersAsync("name = 'bob'")));
    }

    [Fact]
    public async Task S16_A_swallowed_error_in_a_transaction_begun_in_autocommit_cannot_become_a_silent_rollback()
    {
        await using var session = Engine.OpenSession(Autocommit);
        await using (var real = await session.BeginTransactionAsync(Token))
        {
            await ExecuteAsync(session, "insert into users values (1, 'ada')", Token);
            await Assert.ThrowsAsync<PostgresException>(() => ExecuteAsync(session, "select 1/0", Token));
            var error = await Assert.ThrowsAsync<SessionAbortedException>(() => real.CommitAsync(Token));
            Assert.Equal("22012", error.SqlState);
        }

        Assert.Equal(SessionState.Idle, session.State);
        await ExecuteAsync(session, "insert into users values (2, 'bob')", Token);
        Assert.Equal(1, await CountUsersAsync());
    }

    [Fact]
    public async Task F06_In_autocommit_work_on_the_drivers_connection_has_its_own_transaction()
    {
        await using var session = Engine.OpenSession(Autocommit);
        await session.UseProviderConnectionAsync<NpgsqlConnection>(
            async (connection, token) =>
            {
                await using var import = await connection.BeginBinaryImportAsync("copy users from stdin (format binary)", token);
                await import.StartRowAsync(token);
                await import.WriteAsync(1, token);
                await import.WriteAsync("ada", token);
                await import.CompleteAsync(token);
            },
            Token);
        Assert.Equal((1, 1L), (await CountUsersAsync(), Engine.GetSnapshot().Commits));
        await AssertNothingHeldAsync(Engine);
    }
}
