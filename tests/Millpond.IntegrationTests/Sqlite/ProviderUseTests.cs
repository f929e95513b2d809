using System.Data;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Xunit;
using DriverConnection = Microsoft.Data.Sqlite.SqliteConnection;

namespace Millpond.IntegrationTests.Sqlite;

/// <summary>Work on the SQLite driver's own connection.</summary>
public sealed class ProviderUseTests : SqliteTestBase
{
    [Fact]
    public async Task F06_The_work_runs_on_the_connections_own_thread_even_after_awaits()
    {
        await using var session = Engine.OpenSession();
        var flowing = new AsyncLocal<string> { Value = "ada" };
        var threads = await session.UseProviderConnectionAsync<DriverConnection, List<string?>>(
            async (connection, token) =>
            {
                List<string?> seen = [Thread.CurrentThread.Name, flowing.Value];
                await Task.Delay(1, token);
                seen.Add(Thread.CurrentThread.Name);
                await Task.Yield();
                seen.Add(Thread.CurrentThread.Name);
                Run(connection, "insert into users values (1, 'ada')");
                return seen;
            },
            Token);
        Assert.StartsWith("Millpond default SQLite ", threads[0], StringComparison.Ordinal);
        Assert.Equal([threads[0], "ada", threads[0], threads[0]], threads);
        Assert.NotEqual(threads[0], Thread.CurrentThread.Name);
        Assert.Equal(0, await CountUsersAsync());
        await session.CommitAsync(Token);
        Assert.Equal(1, await CountUsersAsync());
        await AssertNothingHeldAsync(Engine);
    }

    [Fact]
    public async Task F06_Synchronous_work_on_many_connections_blocks_no_pool_thread()
    {
        var engine = CreateEngine(static options => (options.PoolSize, options.MaxOverflow) = (24, 0));
        using var go = new ManualResetEventSlim();
        using var all = new CountdownEvent(24);
        var works = Enumerable.Range(0, 24).Select(async _ =>
        {
            await using var session = engine.OpenSession(ReadOnly);
            await session.UseProviderConnectionAsync<DriverConnection>(
                (_, _) =>
                {
                    all.Signal();
                    go.Wait(Token);
                    return Task.CompletedTask;
                },
                Token);
        }).ToList();
        while (all.CurrentCount > 0)
        {
            await Task.Delay(5, Token);
        }

        await AssertThreadPoolIsFreeAsync();
        go.Set();
        await Task.WhenAll(works);
        await AssertNothingHeldAsync(engine);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task F06_Work_beside_a_full_text_index_with_open_statements(bool leavesReader)
    {
        await Engine.RunAsync(
            async (session, token) =>
            {
                await ExecuteAsync(session, "create virtual table notes using fts5 (text)", token);
                await ExecuteAsync(session, "create virtual table places using rtree (id, least, most)", token);
                await ExecuteAsync(session, "insert into notes values ('one fish'), ('two fish')", token);
                await ExecuteAsync(session, "insert into places values (1, 2, 3)", token);
            },
            cancellationToken: Token);
        await using var session = Engine.OpenSession(Writer);
        await ExecuteAsync(session, "insert into notes values ('red fish')", Token);
        await ExecuteAsync(session, "insert into places values (2, 3, 4)", Token);
        var work = UseAsync(session, async (connection, token) =>
        {
            Run(connection, "insert into notes values ('blue fish')");
            Run(connection, "insert into places values (3, 4, 5)");
            await using var match = new SqliteCommand("select text from notes where notes match 'fish'", connection);
            await using var reader = await match.ExecuteReaderAsync(token);
            Assert.True(await reader.ReadAsync(token));
            if (leavesReader)
            {
                _ = await new SqliteCommand(match.CommandText, connection).ExecuteReaderAsync(token);
            }
        });
        if (leavesReader)
        {
            var error = await Assert.ThrowsAsync<InvalidOperationException>(() => work);
            Assert.Contains("left a reader open", error.Message, StringComparison.Ordinal);
            return;
        }

        await work;
        Assert.Equal(4, await ScalarAsync<long>(session, "select count(*) from notes where notes match 'fish'", Token));
        await session.CommitAsync(Token);
    }

    [Theory]
    [InlineData("read-only")]
    [InlineData("GET")]
    public async Task F06_A_reading_session_can_back_up_the_database_while_another_writes(string kind)
    {
        await Engine.RunAsync((session, token) => ExecuteAsync(session, ManyUsers, token), cancellationToken: Token);
        await using var writer = Engine.OpenSession(Writer);
        await ExecuteAsync(writer, "delete from users", Token);
        var copy = Path.Combine(Path.GetDirectoryName(File)!, "copy.db");
        await using (var session = kind == "GET" ? OpenReader(Engine) : Engine.OpenSession(ReadOnly))
        {
            await session.UseProviderConnectionAsync<DriverConnection>(
                (connection, _) =>
                {
                    using var target = new DriverConnection($"Data Source={copy};Pooling=False");
                    connection.BackupDatabase(target);
                    return Task.CompletedTask;
                },
                Token);
            await session.CommitAsync(Token);
        }

        await using var stranger = new DriverConnection($"Data Source={copy};Pooling=False");
        await stranger.OpenAsync(Token);
        await using var command = new SqliteCommand("select count(*) from users", stranger);
        Assert.Equal(2000L, await command.ExecuteScalarAsync(Token));
    }

    [Fact]
    public async Task F06_A_backup_in_a_writing_session_is_rejected_with_advice()
    {
        await using var session = Engine.OpenSession(Writer);
        var error = await Assert.ThrowsAsync<SqliteException>(() => session.UseProviderConnectionAsync<DriverConnection>(
            (connection, _) =>
            {
                using var target = new DriverConnection("Data Source=:memory:");
                connection.BackupDatabase(target);
                return Task.CompletedTask;
            },
            Token));
        Assert.Contains("Access = ReadOnly", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("read-only")]
    [InlineData("GET")]
    public async Task F06_Work_in_a_reading_session_cannot_bypass_the_write_permit(string kind)
    {
        await using (var session = kind == "GET" ? OpenReader(Engine) : Engine.OpenSession(ReadOnly))
        {
            var error = await Assert.ThrowsAsync<SqliteException>(
                () => UseAsync(session, (connection, _) => Insert(connection)));
            Assert.Equal(8, error.SqliteErrorCode);
            Assert.Contains("Access = ReadWrite", error.Message, StringComparison.Ordinal);
            await session.RollbackAsync(Token);

            var sly = await Assert.ThrowsAsync<InvalidOperationException>(() => UseAsync(session, (connection, _) =>
            {
                Run(connection, "pragma query_only = off");
                return Insert(connection);
            }));
            Assert.Contains("enabled writing", sly.Message, StringComparison.Ordinal);
            await Assert.ThrowsAsync<SessionAbortedException>(() => session.CommitAsync(Token));
        }

        Assert.Equal(0, await CountUsersAsync());
        await using var reader = OpenReader(Engine);
        await UseAsync(reader, (_, _) => Task.CompletedTask);
        await ExecuteAsync(reader, "insert into users values (2, 'bob')", Token);   // still becomes the writer by a command
        await reader.CommitAsync(Token);
        Assert.Equal(1, await CountUsersAsync());
    }

    [Theory]
    [InlineData("close", "closed the session's connection", false)]
    [InlineData("reopen", "closed the session's connection", false)]
    [InlineData("commit", "ended the session's transaction", false)]
    [InlineData("rollback", "ended the session's transaction", false)]
    [InlineData("begin anew", "ended the session's transaction", false)]
    [InlineData("reader", "left a reader open", false)]
    [InlineData("commit", "ended the session's transaction", true)]
    [InlineData("reader", "left a reader open", true)]
    public async Task F06_Work_that_ends_the_transaction_or_changes_the_connection_is_rejected_and_never_committed(
        string what, string told, bool inMemory)
    {
        var engine = inMemory
            ? DbEngine.Create(static options => options.UseSqlite("sqlite::memory:"))
            : CreateEngine(static options => (options.PoolSize, options.MaxOverflow) = (1, 0));
        await engine.RunAsync(
            (session, token) => ExecuteAsync(
                session, "create table if not exists users (id integer primary key, name text)", token),
            cancellationToken: Token);
        await using (var session = engine.OpenSession(Writer))
        {
            await ExecuteAsync(session, "insert into users values (5, 'eve')", Token);
            var error = await Assert.ThrowsAsync<InvalidOperationException>(
                () => UseAsync(session, (connection, _) => Misuse(connection, what)));
            Assert.Contains(told, error.Message, StringComparison.Ordinal);
            Assert.Equal(SessionState.Lost, session.State);
            await Assert.ThrowsAsync<SessionAbortedException>(
                () => ExecuteAsync(session, "insert into users values (2, 'bob')", Token));
            await Assert.ThrowsAsync<SessionAbortedException>(() => session.CommitAsync(Token));
        }

        await AssertNothingHeldAsync(engine);
        await engine.RunAsync(
            async (session, token) =>
            {
                var kept = what is "commit" or "begin anew" ? 1 : 0;   // what it committed itself is committed; nothing else
                Assert.Equal(kept, await ScalarAsync<long>(session, "select count(*) from users", token));
                await ExecuteAsync(session, "insert into users values (3, 'cleo')", token);
            },
            cancellationToken: Token);
        await engine.DisposeAsync();
    }

    [Fact]
    public async Task F06_After_work_that_throws_only_a_rollback_is_possible()
    {
        await Engine.RunAsync(
            async (session, token) =>
            {
                await ExecuteAsync(session, "insert into users values (1, 'ada')", token);
                await using (await session.BeginTransactionAsync(token))
                {
                    await Assert.ThrowsAsync<InvalidTimeZoneException>(() => UseAsync(session, (connection, _) =>
                    {
                        Run(connection, "insert into users values (2, 'bob')");
                        throw new InvalidTimeZoneException();
                    }));
                    Assert.Equal(SessionState.Aborted, session.State);
                }

                await ExecuteAsync(session, "insert into users values (3, 'cleo')", token);
            },
            cancellationToken: Token);
        Assert.Equal((2, 0), (await CountUsersAsync(), await CountUsersAsync("name = 'bob'")));
    }

    [Theory]
    [InlineData("caller")]
    [InlineData("dispose")]
    [InlineData("drain")]
    public async Task F06_Work_that_ignores_its_token_is_interrupted_inside_SQLite(string who)
    {
        var engine = CreateEngine();
        using var caller = new CancellationTokenSource();
        var session = engine.OpenSession(Writer);
        var began = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var cancelled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var work = session.UseProviderConnectionAsync<DriverConnection>(
            async (connection, token) =>
            {
                await using var notice = token.Register(cancelled.SetResult);
                Run(connection, "insert into users values (1, 'ada')");
                began.SetResult();
                await cancelled.Task;
                Run(connection, EndlessWrite);   // begins when its token is cancelled already
            },
            caller.Token);
        await began.Task;
        switch (who)
        {
            case "caller":
                await caller.CancelAsync();
                var error = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => work);
                Assert.Equal(caller.Token, error.CancellationToken);
                Assert.Equal(SessionState.Lost, session.State);
                break;
            case "drain":
                await engine.DrainAsync(TimeSpan.FromMilliseconds(20), Token);
                await Assert.ThrowsAsync<SessionEndedException>(() => work);
                break;
            default:
                await session.DisposeAsync();
                await Assert.ThrowsAsync<SessionEndedException>(() => work);
                break;
        }

        await session.DisposeAsync();
        await AssertNothingHeldAsync(engine);
        Assert.Equal(0, await CountUsersAsync());
    }

    [Fact]
    public async Task F06_Work_that_awaits_something_else_ends_when_its_token_is_cancelled()
    {
        var session = Engine.OpenSession(Writer);
        var began = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        string? last = null;
        var work = session.UseProviderConnectionAsync<DriverConnection>(
            async (_, token) =>
            {
                began.SetResult();
                try
                {
                    await Task.Delay(Timeout.InfiniteTimeSpan, token);
                }
                finally
                {
                    last = Thread.CurrentThread.Name;
                }
            },
            Token);
        await began.Task;
        await session.DisposeAsync();
        await Assert.ThrowsAsync<SessionEndedException>(() => work);
        Assert.StartsWith("Millpond default SQLite ", last, StringComparison.Ordinal);
        await AssertNothingHeldAsync(Engine);
    }

    private static Task UseAsync(DbSession session, Func<DriverConnection, CancellationToken, Task> work) =>
        session.UseProviderConnectionAsync(work, Token);

    private static Task Insert(DriverConnection connection)
    {
        Run(connection, "insert into users values (1, 'ada')");
        return Task.CompletedTask;
    }

    private static Task Misuse(DriverConnection connection, string what)
    {
        switch (what)
        {
            case "close":
                connection.Close();
                break;
            case "reopen":
                connection.Close();
                connection.Open();
                break;
            case "begin anew":
                Run(connection, "commit; begin; insert into users values (1, 'ada')");
                break;
            case "reader":
                var left = connection.CreateCommand();
                left.CommandText = "select id from users";
                left.ExecuteReader().Read();
                break;
            default:
                Run(connection, what);
                break;
        }

        return Task.CompletedTask;
    }
}
