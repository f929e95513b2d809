using Microsoft.Data.Sqlite;
using Millpond.Connections;
using Millpond.Sessions;
using Xunit;

namespace Millpond.IntegrationTests.Sqlite;

/// <summary>Autocommit on SQLite: the write permit, and other processes.</summary>
public sealed class AutocommitTests : SqliteTestBase
{
    private const string Insert = "insert into users (name) values ('ada')";

    private static DbSessionOptions Autocommit => new() { Mode = SessionMode.Autocommit };

    [Fact]
    public async Task G30_In_autocommit_a_writer_has_the_permit_from_its_first_statement_to_its_end()
    {
        await using (var session = Engine.OpenSession(Autocommit))
        {
            await ExecuteAsync(session, Insert, Token);
            Assert.True(Engine.GetSnapshot().Writing);
            using var stranger = OpenStranger();   // the file itself is free between the statements
            Run(stranger, Insert.Replace("ada", "bob", StringComparison.Ordinal));
        }

        Assert.Equal((2, false), (await CountUsersAsync(), Engine.GetSnapshot().Writing));
    }

    [Fact]
    public async Task G30_In_autocommit_another_process_that_has_the_file_locked_is_waited_for_without_a_thread()
    {
        await using var session = Engine.OpenSession(Autocommit);
        await ScalarAsync<long>(session, "select 1", Token);
        using var stranger = OpenStranger();
        Run(stranger, "begin immediate");
        var write = ExecuteAsync(session, Insert, Token);
        await AssertThreadPoolIsFreeAsync();
        Assert.False(write.IsCompleted);
        Run(stranger, "commit");
        Assert.Equal(1, await write);
        Assert.Equal(1, await CountUsersAsync());
    }

    [Fact]
    public async Task G30_In_autocommit_a_lock_that_outlasts_the_deadline_names_the_file()
    {
        var engine = CreateEngine(static options => options.PoolTimeout = TimeSpan.FromMilliseconds(300));
        await using var session = engine.OpenSession(Autocommit);
        await ScalarAsync<long>(session, "select 1", Token);
        using var stranger = OpenStranger();
        Run(stranger, "begin immediate");
        var error = await Assert.ThrowsAsync<DatabaseUnavailableException>(() => ExecuteAsync(session, Insert, Token));
        Assert.StartsWith($"The database at {File} is locked: another process", error.Message, StringComparison.Ordinal);
        Run(stranger, "commit");
        await ExecuteAsync(session, Insert, Token);
        Assert.Equal(1, await CountUsersAsync());
    }

    [Fact]
    public async Task G30_In_autocommit_a_command_of_several_statements_is_done_once_whoever_has_the_file_locked()
    {
        await using var session = Engine.OpenSession(Autocommit);
        await ScalarAsync<long>(session, "select 1", Token);
        using var stranger = OpenStranger();
        Run(stranger, "begin immediate");
        await using var command = session.Connection.CreateCommand();
        (command.CommandText, command.CommandTimeout) = ($"{Insert}; insert into users (name) values ('bob')", 1);
        var error = await Assert.ThrowsAsync<SqliteException>(() => command.ExecuteNonQueryAsync(Token));
        Assert.Equal(5, error.SqliteErrorCode);
        Run(stranger, "commit");
        await command.ExecuteNonQueryAsync(Token);
        Assert.Equal(2, await CountUsersAsync());
    }

    [Fact]
    public async Task S15_In_autocommit_a_read_only_session_cannot_write_and_its_connection_can_afterwards()
    {
        var engine = CreateEngine(static options => (options.PoolSize, options.MaxOverflow) = (1, 0));
        await using (var session = engine.OpenSession(new DbSessionOptions
        {
            Mode = SessionMode.Autocommit,
            Access = SessionAccess.ReadOnly,
        }))
        {
            await Assert.ThrowsAsync<ReadOnlySessionException>(() => ExecuteAsync(session, Insert, Token));
            Assert.Equal(0, await ScalarAsync<long>(session, "select count(*) from users", Token));
            Assert.False(engine.GetSnapshot().Writing);
        }

        await engine.RunAsync((session, token) => ExecuteAsync(session, Insert, token), Autocommit, Token);
        Assert.Equal(1, await CountUsersAsync());
    }

    [Fact]
    public async Task G31_In_autocommit_an_interrupted_write_undoes_itself_and_the_session_goes_on()
    {
        await using var session = Engine.OpenSession(new DbSessionOptions
        {
            Mode = SessionMode.Autocommit,
            StatementTimeout = TimeSpan.FromMilliseconds(100),
        });
        await ExecuteAsync(session, Insert, Token);
        var error = await Assert.ThrowsAsync<SqliteException>(() => ExecuteAsync(session, EndlessWrite, Token));
        Assert.Equal((9, SessionState.Active), (error.SqliteErrorCode, session.State));
        await ExecuteAsync(session, "insert into users (name) values ('bob')", Token);
        Assert.Equal(2, await CountUsersAsync());
    }
}
