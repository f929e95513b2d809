using Microsoft.Data.Sqlite;
using Xunit;

namespace Millpond.IntegrationTests.Sqlite;

/// <summary>Autocommit on SQLite: the write permit, and other processes.</summary>
public sealed class AutocommitTests : SqliteTestBase
{
    private const string Insert = "insert into users (name) values ('ada')";

    private static DbSessionOptions Autocommit => new() { Mode = SessionMode.Autocommit };

    [Fact]
    public async Task S15_In_autocommit_a_statement_holds_the_write_permit_on_its_own()
    {
        await using var session = Engine.OpenSession(Autocommit);
        Assert.Equal(0, await ScalarAsync<long>(session, "select count(*) from users", Token));
        Assert.False(Engine.GetSnapshot().IsWriting);
        await ExecuteAsync(session, Insert, Token);
        Assert.Equal((1, false), (Engine.GetSnapshot().InUse, Engine.GetSnapshot().IsWriting));
        await using (var reader = await ReaderAsync(session, $"{ManyUsers} returning id", Token))
        {
            Assert.True(await reader.ReadAsync(Token));
            Assert.True(Engine.GetSnapshot().IsWriting);   // it commits when it has been read
        }

        Assert.False(Engine.GetSnapshot().IsWriting);
        await using (await session.BeginTransactionAsync(Token))
        {
            Assert.True(Engine.GetSnapshot().IsWriting);   // a transaction holds it from its beginning
        }

        Assert.False(Engine.GetSnapshot().IsWriting);
        Assert.Equal(2001, await CountUsersAsync());
    }

    [Fact]
    public async Task S15_In_autocommit_waiting_writers_do_not_hold_the_connection_that_the_writer_needs()
    {
        var engine = CreateEngine(static options => (options.PoolSize, options.MaxOverflow) = (1, 0));
        await using var session = engine.OpenSession(Autocommit);
        await ExecuteAsync(session, "insert into users values (41, 'ada')", Token);
        await using var writer = engine.OpenSession(Writer);
        var other = ExecuteAsync(writer, "insert into users (name) values ('bob')", Token);
        await UntilAsync(static now => now is { IsWriting: true, Waiting: 1 }, engine);   // it has the permit and no connection
        var next = ExecuteAsync(session, "insert into users values (last_insert_rowid() + 1000, 'cleo')", Token);
        await other;
        await writer.CommitAsync(Token);
        await next;
        Assert.Equal(1041, await ScalarAsync<long>(session, "select last_insert_rowid()", Token));
        Assert.Equal(3, await CountUsersAsync());
    }

    [Fact]
    public async Task S15_In_autocommit_a_connection_with_session_state_is_kept_while_it_waits_to_write()
    {
        await using var session = Engine.OpenSession(Autocommit);
        await ExecuteAsync(session, "create temp table mine (id integer)", Token);
        await using var writer = Engine.OpenSession(Writer);
        await ExecuteAsync(writer, Insert, Token);
        var write = ExecuteAsync(session, "insert into mine values (1)", Token);
        await UntilAsync(static now => now.WaitingToWrite == 1);
        await writer.CommitAsync(Token);
        await write;
        Assert.Equal(1, await ScalarAsync<long>(session, "select count(*) from mine", Token));
    }

    [Fact]
    public async Task S06_A_session_that_waits_for_the_write_permit_with_its_connection_ends_immediately()
    {
        var engine = CreateEngine(static options => options.PoolTimeout = TimeSpan.FromMinutes(5));
        var session = engine.OpenSession(Autocommit);
        await ExecuteAsync(session, "create temp table mine (id integer)", Token);
        await using var writer = engine.OpenSession(Writer);
        await ExecuteAsync(writer, Insert, Token);
        var write = ExecuteAsync(session, "insert into mine values (1)", Token);
        await UntilAsync(static now => now.WaitingToWrite == 1, engine);
        await session.DisposeAsync();
        await Assert.ThrowsAsync<SessionEndedException>(() => write.WaitAsync(TimeSpan.FromSeconds(20), Token));
        Assert.Equal((1, 0), (engine.GetSnapshot().InUse, engine.GetSnapshot().WaitingToWrite));
    }

    [Fact]
    public async Task S15_In_autocommit_a_failed_write_returns_the_write_permit()
    {
        await using var session = Engine.OpenSession(Autocommit);
        await ExecuteAsync(session, "insert into users values (1, 'ada')", Token);
        await Assert.ThrowsAsync<SqliteException>(() => ExecuteAsync(session, "insert into users values (1, 'eve')", Token));
        await using var writer = Engine.OpenSession(Writer);
        await ExecuteAsync(writer, "insert into users values (2, 'bob')", Token);
        var write = ExecuteAsync(session, "insert into users values (3, 'cyd')", Token);
        await UntilAsync(static now => now.WaitingToWrite == 1);
        await writer.CommitAsync(Token);
        Assert.Equal(1, await write);
    }

    [Theory]
    [InlineData(SessionAccess.Auto)]
    [InlineData(SessionAccess.ReadOnly)]
    public async Task S15_VACUUM_INTO_reads_and_needs_no_write_permit(SessionAccess access)
    {
        await using var writer = Engine.OpenSession(Writer);
        await ExecuteAsync(writer, Insert, Token);
        await using var session = Engine.OpenSession(new DbSessionOptions { Mode = SessionMode.Autocommit, Access = access });
        var copy = Path.Combine(Path.GetDirectoryName(File)!, "copy.db");
        await ExecuteAsync(session, $"vacuum main into '{copy}'", Token);
        Assert.True(System.IO.File.Exists(copy));
        await writer.CommitAsync(Token);
    }

    [Fact]
    public async Task S15_A_checkpoint_runs_in_autocommit()
    {
        await Engine.RunAsync((session, token) => ExecuteAsync(session, Insert, token), cancellationToken: Token);
        Assert.True(new FileInfo($"{File}-wal").Length > 0);
        await using var session = Engine.OpenSession(Autocommit);
        Assert.Equal(0, await ScalarAsync<long>(session, "pragma wal_checkpoint(truncate)", Token));
        Assert.Equal(0, new FileInfo($"{File}-wal").Length);
    }

    [Theory]
    [InlineData("vacuum")]
    [InlineData("pragma synchronous = off")]
    public async Task S26_A_statement_that_cannot_run_in_a_transaction_names_the_required_mode(string sql)
    {
        await using var session = Engine.OpenSession();
        var error = await Assert.ThrowsAsync<SqliteException>(() => ExecuteAsync(session, sql, Token));
        Assert.EndsWith("Open the session with Mode = Autocommit for this statement.", error.Message, StringComparison.Ordinal);
        await session.RollbackAsync(Token);
        await using var alone = Engine.OpenSession(Autocommit);
        await ExecuteAsync(alone, sql, Token);
    }

    [Fact]
    public async Task G30_In_autocommit_a_lock_of_another_process_is_waited_for_without_a_thread()
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
    public async Task G30_In_autocommit_a_lock_beyond_the_deadline_names_the_file()
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
    public async Task G30_In_autocommit_a_command_of_several_statements_runs_once_even_if_the_file_is_locked()
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
            Assert.False(engine.GetSnapshot().IsWriting);
        }

        await engine.RunAsync((session, token) => ExecuteAsync(session, Insert, token), Autocommit, Token);
        Assert.Equal(1, await CountUsersAsync());
    }

    [Fact]
    public async Task G31_In_autocommit_an_interrupted_write_is_undone_and_the_session_continues()
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
