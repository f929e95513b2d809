using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using Millpond.IntegrationTests.Requests;
using Xunit;

namespace Millpond.IntegrationTests.Sqlite;

/// <summary>Beside another process that has the file open, locks it, is killed, or takes it away.</summary>
public sealed class OtherProcessTests(SqliteRequestDatabase kind) : FileTestBase(kind)
{
    private const string LockAndWrite = "begin immediate; insert into users (id, name) values (500, 'neighbour')";

    [Fact]
    public async Task G30_A_lock_of_another_process_is_waited_for_without_a_thread_while_others_read()
    {
        Make(users: 1);
        var engine = Open();
        await engine.WarmUpAsync(Token);
        await using var neighbour = new SqliteNeighbour(File);
        await neighbour.RunAsync(LockAndWrite);
        var writers = Enumerable.Range(0, 16).Select(_ => Task.Run(() => AddAsync(engine), Token)).ToArray();
        await UntilAsync(
            () => Task.FromResult(engine.GetSnapshot() is { IsWriting: true, InUse: 1, WaitingToWrite: 15 }),
            "all of them waited");

        await Task.Delay(TimeSpan.FromSeconds(2), Token);   // so long that the pauses between tries have become the longest
        await SqliteTestBase.AssertThreadPoolIsFreeAsync();
        Assert.Equal((1, 1), (await CountAsync(engine), await CountAsync(Open())));   // connections made now read too
        Assert.DoesNotContain(writers, static writer => writer.IsCompleted);
        await neighbour.RunAsync("commit");
        await Task.WhenAll(writers);
        Assert.Equal(18, CountBehind());
    }

    [Fact]
    public async Task G30_A_lock_beyond_the_pool_timeout_is_503_and_names_the_file_and_the_process()
    {
        Make(users: 1);
        var site = await StartSiteAsync(configure: static options => options.PoolTimeout = TimeSpan.FromMilliseconds(500));
        using var client = ClientOf(site);
        await using var neighbour = new SqliteNeighbour(File);
        await site.Engine.WarmUpAsync(Token);
        await neighbour.RunAsync(LockAndWrite);

        var writing = client.PostAsync("/users", "");
        var read = await client.GetAsync("/users");
        Assert.Equal((200, "1"), (read.Status, read.Text));
        var write = await writing;
        Assert.Equal("MILL2001", write.AssertProblem(503).GetProperty("code").GetString());
        Assert.Equal("5", write.Header("Retry-After"));
        AssertTellsNothing(write);
        AssertLogged(site, "is locked: another process held the lock for the whole ");
        Assert.DoesNotContain(
            site.Log.Of(LogLevel.Warning), static line => line.Contains("all of the 0.0 s", StringComparison.Ordinal));
        Assert.Equal(200, (await client.GetAsync("/health")).Status);

        await neighbour.RunAsync("rollback");
        Assert.Equal(200, (await client.PostAsync("/users", "")).Status);
        Assert.Equal(2, CountBehind());
    }

    [Fact]
    public async Task G30_Another_process_killed_while_it_writes_leaves_no_changes_and_no_lock()
    {
        Make(users: 1);
        var engine = Open();
        await engine.WarmUpAsync(Token);
        await using var neighbour = new SqliteNeighbour(File);
        await neighbour.RunAsync("pragma cache_size=2");   // so that what it writes is in the log before it commits
        await neighbour.RunAsync("begin immediate");
        await neighbour.RunAsync("with recursive n (i) as (select 1 union all select i + 1 from n where i < 2000) " +
            "insert into users (name) select hex(zeroblob(500)) from n");
        Assert.InRange(new FileInfo($"{File}-wal").Length, 100_000, long.MaxValue);
        var writing = AddAsync(engine);
        await UntilAsync(() => Task.FromResult(engine.GetSnapshot() is { IsWriting: true, InUse: 1 }), "the writer waited");

        await neighbour.KillAsync();
        await writing;
        Assert.Equal((2, 2), (await CountAsync(engine), CountBehind()));
        Assert.Equal("ok", RunBehind("pragma integrity_check"));
    }

    [Fact]
    public async Task G30_A_snapshot_survives_another_processs_write_and_checkpoint()
    {
        Make(users: 1);
        var engine = Open();
        await using var reader = engine.OpenSession(ReadOnly);
        Assert.Equal(1, await reader.ScalarAsync(CountAll, Token));
        await using var neighbour = new SqliteNeighbour(File);
        await neighbour.RunAsync("insert into users (name) select hex(zeroblob(5000)) from users");
        await neighbour.RunAsync("pragma wal_checkpoint(full)");
        Assert.Equal(1, await reader.ScalarAsync(CountAll, Token));

        await reader.CommitAsync(Token);
        await UntilAsync(   // 0: nobody is in its way; the end of a reader is not waited for
            async () => await neighbour.RunAsync("pragma wal_checkpoint(truncate)") == "0", "the snapshot was let go");
        Assert.Equal(2, await reader.ScalarAsync(CountAll, Token));
    }

    [Fact]
    public async Task G30_Prepared_statements_see_a_schema_changed_by_another_process()
    {
        Make(users: 1);
        var engine = Open(configure: static options => (options.PoolSize, options.MaxOverflow) = (1, 0));
        Assert.Equal(2, await CountColumnsAsync(engine));
        await AddAsync(engine);
        await using var neighbour = new SqliteNeighbour(File);
        await neighbour.RunAsync("alter table users add column age integer default 7");
        Assert.Equal(3, await CountColumnsAsync(engine));
        await AddAsync(engine);
        Assert.Equal(21L, RunBehind("select sum(age) from users"));
    }

    [Fact]
    public async Task G30_Nothing_is_committed_to_a_deleted_file_and_no_empty_one_replaces_it()
    {
        Make(users: 1);
        var site = await StartSiteAsync();
        await site.Engine.WarmUpAsync(Token);
        using var client = ClientOf(site);
        var kept = Path.Combine(Folder, "kept.db");
        Assert.Equal(200, (await client.GetAsync("/health")).Status);
        await using (var session = site.Engine.OpenSession())
        {
            await session.RunAsync(Insert, Token);
            Take(kept);
            var error = await Assert.ThrowsAsync<DatabaseUnavailableException>(() => session.CommitAsync(Token));
            Assert.StartsWith(
                $"The database at {File} was deleted or replaced while it was open", error.Message, StringComparison.Ordinal);
            var inner = Assert.IsType<SqliteException>(error.InnerException);
            Assert.Equal(1032, inner.SqliteExtendedErrorCode);   // SQLITE_READONLY_DBMOVED
        }

        Assert.Equal(503, (await client.GetAsync("/health")).Status);
        (await client.PostAsync("/users", "")).AssertProblem(503);
        AssertLogged(site, "because it existed before. Provide the file.");
        Assert.False(System.IO.File.Exists(File));

        System.IO.File.Move(kept, File);
        Assert.Equal((200, 200), ((await client.PostAsync("/users", "")).Status, (await client.GetAsync("/health")).Status));
        Assert.Equal(2, CountBehind());
    }

    [Fact]
    public async Task G30_A_file_replaced_between_sessions_is_used_by_the_next()
    {
        Make(users: 5);
        var kept = Path.Combine(Folder, "kept.db");
        System.IO.File.Copy(File, kept);
        var engine = Open();
        await engine.WarmUpAsync(Token);
        await AddAsync(engine);
        Take(Path.Combine(Folder, "old.db"));
        System.IO.File.Move(kept, File);

        await AddAsync(engine);
        Assert.Equal((6, 6), (await CountAsync(engine), CountBehind()));
    }

    [Theory]
    [InlineData(SessionMode.Transaction)]
    [InlineData(SessionMode.Autocommit)]
    public async Task G30_A_file_that_tests_delete_and_recreate_fails_no_session(SessionMode mode)
    {
        Make(users: 1);
        var engine = Open();
        await engine.WarmUpAsync(Token);
        for (var round = 0; round < 3; round++)
        {
            await engine.RunAsync(
                (session, token) => session.RunAsync(Insert, token), new DbSessionOptions { Mode = mode }, Token);
            System.IO.File.Delete(File);   // as EnsureDeleted does, which knows nothing of the pool
            Make(users: round);
        }

        Assert.Equal((2, 200), (await CountAsync(engine), await StatusAsync()));

        async Task<int> StatusAsync()
        {
            var site = await StartSiteAsync();
            using var client = ClientOf(site);
            return (await client.GetAsync("/users")).Status;
        }
    }

    /// <summary>Moves the file away, and what is beside it with it.</summary>
    private void Take(string to)
    {
        foreach (var more in new[] { "", "-wal", "-shm" }.Where(more => System.IO.File.Exists(File + more)))
        {
            System.IO.File.Move(File + more, to + more);
        }
    }

    private static Task<int> CountColumnsAsync(DbEngine engine) => engine.RunAsync(
        async (session, token) =>
        {
            await using var command = session.Connection.CreateCommand();
            command.CommandText = "select * from users";
            await using var reader = await command.ExecuteReaderAsync(token);
            return reader.FieldCount;
        },
        ReadOnly,
        Token);
}
