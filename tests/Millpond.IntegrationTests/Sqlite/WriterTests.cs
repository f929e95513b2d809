using System.Diagnostics;
using Microsoft.Data.Sqlite;
using Xunit;

namespace Millpond.IntegrationTests.Sqlite;

public sealed class WriterTests : SqliteTestBase
{
    [Fact]
    public async Task G30_Sixty_four_writers_queue_without_blocked_threads_and_none_gets_SQLITE_BUSY()
    {
        var holder = Engine.OpenSession(Writer);
        await ExecuteAsync(holder, "insert into users values (1000, 'holder')", Token);
        var writers = Enumerable.Range(1, 64).Select(id => Task.Run(() => AddUserAsync(id), Token)).ToArray();
        await UntilAsync(static now => now.WaitingToWrite == 64);
        await AssertThreadPoolIsFreeAsync();
        Assert.DoesNotContain(writers, static writer => writer.IsCompleted);

        await holder.CommitAsync(Token);
        await Task.WhenAll(writers);
        Assert.Equal(65, await CountUsersAsync());
        await AssertNothingHeldAsync(Engine);
    }

    [Fact]
    public async Task G30_Readers_run_beside_the_writer()
    {
        await using var writer = Engine.OpenSession(Writer);
        await ExecuteAsync(writer, "insert into users values (1, 'ada')", Token);
        await using var reader = Engine.OpenSession(ReadOnly);
        Assert.Equal(0, await ScalarAsync<long>(reader, "select count(*) from users", Token));
        await writer.CommitAsync(Token);
        Assert.Equal(0, await ScalarAsync<long>(reader, "select count(*) from users", Token));   // its snapshot
        await reader.CommitAsync(Token);
        Assert.Equal(1, await ScalarAsync<long>(reader, "select count(*) from users", Token));
    }

    [Fact]
    public async Task G30_A_reader_has_its_snapshot_from_its_first_command_on()
    {
        await using var reader = Engine.OpenSession(ReadOnly);
        await ScalarAsync<long>(reader, "select 1", Token);
        await AddUserAsync(1);
        Assert.Equal(0, await ScalarAsync<long>(reader, "select count(*) from users", Token));
    }

    [Fact]
    public async Task G30_A_writing_process_is_waited_for_without_a_thread()
    {
        await Engine.WarmUpAsync(Token);
        using var stranger = OpenStranger();
        Run(stranger, "begin immediate; insert into users values (500, 'stranger')");
        var writers = Enumerable.Range(1, 16).Select(id => Task.Run(() => AddUserAsync(id), Token)).ToArray();
        await UntilAsync(static now => now is { IsWriting: true, InUse: 1, WaitingToWrite: 15 });
        await AssertThreadPoolIsFreeAsync();
        Assert.DoesNotContain(writers, static writer => writer.IsCompleted);

        Run(stranger, "commit");
        await Task.WhenAll(writers);
        Assert.Equal(17, await CountUsersAsync());
    }

    [Fact]
    public async Task G30_The_wait_for_another_process_can_be_cancelled()
    {
        await Engine.WarmUpAsync(Token);
        using var stranger = OpenStranger();
        Run(stranger, "begin immediate");
        using var patience = new CancellationTokenSource();
        await using var session = Engine.OpenSession(Writer);
        var writing = ExecuteAsync(session, "insert into users values (1, 'ada')", patience.Token);
        await UntilAsync(static now => now is { IsWriting: true, InUse: 1 });
        Assert.False(writing.IsCompleted);

        var start = Stopwatch.GetTimestamp();
        await patience.CancelAsync();
        var error = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => writing);
        Assert.Equal(patience.Token, error.CancellationToken);
        Assert.InRange(Stopwatch.GetElapsedTime(start), TimeSpan.Zero, TimeSpan.FromSeconds(3));
        await AssertNothingHeldAsync(Engine);
    }

    [Fact]
    public async Task G30_A_database_that_stays_locked_is_unavailable_with_SQLites_code_and_the_file_name()
    {
        var engine = CreateEngine(static options => options.PoolTimeout = TimeSpan.FromMilliseconds(300));
        await engine.WarmUpAsync(Token);
        using var stranger = OpenStranger();
        Run(stranger, "begin immediate");
        var error = await Assert.ThrowsAsync<DatabaseUnavailableException>(() => engine.RunAsync(
            (session, token) => ExecuteAsync(session, "insert into users values (1, 'ada')", token), cancellationToken: Token));
        Assert.Equal(5, Assert.IsType<SqliteException>(error.InnerException).SqliteErrorCode);
        Assert.Contains(File, error.Message, StringComparison.Ordinal);
        await AssertNothingHeldAsync(engine);
    }

    [Fact]
    public async Task G30_Without_a_write_ahead_log_a_commit_waits_for_readers()
    {
        var engine = CreateEngine(options => options.ConnectionString = $"{Database.Url}?journal_mode=delete");
        await using var reader = engine.OpenSession(ReadOnly);
        await ScalarAsync<long>(reader, "select count(*) from users", Token);
        await using var writer = engine.OpenSession(Writer);
        await ExecuteAsync(writer, "insert into users values (1, 'ada')", Token);
        var commit = writer.CommitAsync(Token);
        await AssertThreadPoolIsFreeAsync();
        Assert.False(commit.IsCompleted);
        await reader.CommitAsync(Token);
        await commit;
        Assert.Equal(1, await ScalarAsync<long>(reader, "select count(*) from users", Token));
    }

    [Fact]
    public async Task G30_A_commit_that_exceeds_its_limit_is_rejected_and_rolled_back()
    {
        var engine = CreateEngine(options =>
        {
            options.ConnectionString = $"{Database.Url}?journal_mode=delete";
            options.CleanupTimeout = TimeSpan.FromMilliseconds(200);
        });
        await using var reader = engine.OpenSession(ReadOnly);
        await ScalarAsync<long>(reader, "select count(*) from users", Token);
        await using var writer = engine.OpenSession(Writer);
        await ExecuteAsync(writer, "insert into users values (1, 'ada')", Token);
        var error = await Assert.ThrowsAsync<DatabaseUnavailableException>(() => writer.CommitAsync(Token));
        Assert.StartsWith(
            $"The database at {File} was being read for the whole 0.", error.Message, StringComparison.Ordinal);
        Assert.Equal((true, 5), (error.IsTransient, Assert.IsType<SqliteException>(error.InnerException).SqliteErrorCode));
        await reader.CommitAsync(Token);
        Assert.Equal(0, await ScalarAsync<long>(reader, "select count(*) from users", Token));
    }

    [Fact]
    public async Task G32_A_reader_that_writes_becomes_the_writer_on_its_own_connection()
    {
        await AddUserAsync(1);
        await using (var session = OpenReader(Engine))
        {
            Assert.Equal(1, await ScalarAsync<long>(session, "select count(*) from users", Token));
            Assert.False(Engine.GetSnapshot().IsWriting);
            Assert.Equal(2, await ScalarAsync<long>(session, "insert into users (name) values ('bob') returning id", Token));
            Assert.Equal((true, 1), (Engine.GetSnapshot().IsWriting, Engine.GetSnapshot().InUse));
            await session.CommitAsync(Token);
        }

        Assert.Equal(2, await CountUsersAsync());
        await AssertNothingHeldAsync(Engine);
    }

    [Fact]
    public async Task G32_A_reader_becomes_the_writer_even_in_the_middle_of_a_text()
    {
        await using var session = OpenReader(Engine);
        const string Sql = "select 1; insert into users (name) values ('ada'); select 2";
        await using (var reader = await ReaderAsync(session, Sql, Token))
        {
            Assert.True(await reader.ReadAsync(Token));
            Assert.True(await reader.NextResultAsync(Token));
            Assert.True(await reader.ReadAsync(Token));
            Assert.Equal(2, reader.GetInt32(0));
        }

        await session.CommitAsync(Token);
        Assert.Equal(1, await CountUsersAsync());
    }

    [Fact]
    public async Task G32_A_reader_that_cannot_become_the_writer_gets_an_error_immediately()
    {
        await using var reader = OpenReader(Engine);
        await ScalarAsync<long>(reader, "select count(*) from users", Token);
        await using var writer = Engine.OpenSession(Writer);
        await ExecuteAsync(writer, "insert into users values (1, 'ada')", Token);
        await Assert.ThrowsAsync<SerializationConflictException>(
            () => ExecuteAsync(reader, "insert into users values (2, 'bob')", Token));
        await writer.CommitAsync(Token);
        await Assert.ThrowsAsync<SessionAbortedException>(() => reader.CommitAsync(Token));
        Assert.Equal(1, await CountUsersAsync());
        await AssertNothingHeldAsync(Engine);
    }

    [Fact]
    public async Task G32_A_reader_with_a_stale_snapshot_cannot_become_the_writer()
    {
        await using var reader = OpenReader(Engine);
        await ScalarAsync<long>(reader, "select count(*) from users", Token);
        await AddUserAsync(1);
        var error = await Assert.ThrowsAsync<SerializationConflictException>(
            () => ExecuteAsync(reader, "insert into users values (2, 'bob')", Token));
        Assert.Equal(517, Assert.IsType<SqliteException>(error.InnerException).SqliteExtendedErrorCode);   // SQLITE_BUSY_SNAPSHOT
        await reader.RollbackAsync(Token);
        await ExecuteAsync(reader, "insert into users values (2, 'bob')", Token);
        await reader.CommitAsync(Token);
        Assert.Equal(2, await CountUsersAsync());
    }

    [Fact]
    public async Task G32_A_reader_that_fails_twice_to_become_the_writer_leaves_the_write_permit_free()
    {
        await using (var reader = OpenReader(Engine))
        {
            await ScalarAsync<long>(reader, "select count(*) from users", Token);
            await AddUserAsync(1);
            for (var tries = 0; tries < 2; tries++)
            {
                await using (await reader.BeginTransactionAsync(Token))
                {
                    await Assert.ThrowsAsync<SerializationConflictException>(
                        () => ExecuteAsync(reader, "insert into users values (2, 'bob')", Token));
                }
            }
        }

        await AssertNothingHeldAsync(Engine);
        await AddUserAsync(3);
    }

    [Fact]
    public async Task G32_A_session_that_writes_before_it_reads_waits_for_its_turn()
    {
        await using var writer = Engine.OpenSession(Writer);
        await ExecuteAsync(writer, "insert into users values (1, 'ada')", Token);
        await using var session = OpenReader(Engine);
        await using (var transaction = await session.BeginTransactionAsync(Token))
        {
            var write = ExecuteAsync(session, "insert into users values (2, 'bob')", Token);
            await UntilAsync(static now => now.WaitingToWrite == 1);
            Assert.Equal(1, Engine.GetSnapshot().InUse);   // it waits without a connection
            await writer.CommitAsync(Token);
            await write;
            Assert.Equal(2, await ScalarAsync<long>(session, "select count(*) from users", Token));
            await ExecuteAsync(session, "insert into users values (3, 'cleo')", Token);
            await transaction.RollbackAsync(Token);
        }

        await ExecuteAsync(session, "insert into users values (4, 'dan')", Token);
        await session.CommitAsync(Token);
        Assert.Equal(2, await CountUsersAsync());
        await AssertNothingHeldAsync(Engine);
    }

    [Fact]
    public async Task S15_Work_that_reads_first_and_conflicts_is_retried_as_a_writer()
    {
        List<bool> writing = [];
        await Engine.RunAsync(
            async (session, token) =>
            {
                var next = 1 + await ScalarAsync<long>(session, "select count(*) from users", token);
                writing.Add(Engine.GetSnapshot().IsWriting);
                if (writing.Count == 1)
                {
                    Task other;   // somebody else, meanwhile
                    using (ExecutionContext.SuppressFlow())
                    {
                        other = Task.Run(() => AddUserAsync(1), token);
                    }

                    await other;
                }

                await ExecuteAsync(session, $"insert into users values ({next}, 'bob')", token);
            },
            new DbSessionOptions { Access = SessionAccess.ReadFirst, Retries = 1 },
            Token);
        Assert.Equal([false, true], writing);
        Assert.Equal(2, await CountUsersAsync());
    }

    [Fact]
    public async Task S15_A_session_can_be_configured_to_read_first()
    {
        await using var writer = Engine.OpenSession(Writer);
        await ExecuteAsync(writer, "insert into users values (1, 'ada')", Token);
        await using var session = Engine.OpenSession(new DbSessionOptions { Access = SessionAccess.ReadFirst });
        Assert.Equal(0, await ScalarAsync<long>(session, "select count(*) from users", Token));
        await writer.RollbackAsync(Token);
        await ExecuteAsync(session, "insert into users values (2, 'bob')", Token);
        await session.CommitAsync(Token);
        Assert.Equal(1, await CountUsersAsync());
    }

    [Fact]
    public async Task S15_A_read_only_session_takes_no_write_permit_and_a_write_is_SQLites_own_error()
    {
        var engine = CreateEngine(static options => (options.PoolSize, options.MaxOverflow) = (1, 0));
        await using (var session = engine.OpenSession(ReadOnly))
        {
            var error = await Assert.ThrowsAsync<ReadOnlySessionException>(
                () => ExecuteAsync(session, "insert into users values (1, 'ada')", Token));
            Assert.Equal(8, Assert.IsType<SqliteException>(error.InnerException).SqliteErrorCode);
            Assert.False(engine.GetSnapshot().IsWriting);
        }

        Assert.Equal(0, await CountUsersAsync());
        await engine.RunAsync(
            (session, token) => ExecuteAsync(session, "insert into users values (2, 'bob')", token), cancellationToken: Token);
        Assert.Equal(1, await CountUsersAsync());
    }

    private Task AddUserAsync(int id) => Engine.RunAsync(
        async (session, token) =>
        {
            await ScalarAsync<long>(session, "select count(*) from users", token);
            await ExecuteAsync(session, $"insert into users values ({id}, 'user {id}')", token);
        },
        cancellationToken: Token);
}
