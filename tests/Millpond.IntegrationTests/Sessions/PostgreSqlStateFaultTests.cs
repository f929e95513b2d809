using System.Collections.Concurrent;
using System.Data.Common;
using Millpond.IntegrationTests.Servers;
using Npgsql;
using Xunit;

namespace Millpond.IntegrationTests.Sessions;

/// <summary>What becomes of the reset and of work on the driver's connection when something goes wrong just then.</summary>
[Trait("Needs", "PostgreSQL")]
public class PostgreSqlStateFaultTests : PostgreSqlStateTestBase
{
    /// <summary>Gets whether a pooler resets the server's process of a client that left and gives it to the next.</summary>
    protected virtual bool PoolerKeepsBackends => false;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task S21_A_connection_whose_reset_fails_or_hangs_is_closed_and_its_commit_stays(bool stalls)
    {
        var real = new NpgsqlConnectionStringBuilder(PostgresUrl.ToConnectionString(Database.Url));
        using var front = new TrappedFront(real.Host!, real.Port, "pg_advisory_unlock_all", stalls);
        var engine = CreateEngine(options =>
        {
            options.ConnectionString = new NpgsqlConnectionStringBuilder(real.ConnectionString)
            {
                Port = front.Port,
                Host = "127.0.0.1",
            }.ConnectionString;
            (options.PoolSize, options.MaxOverflow) = (1, 0);
            options.CleanupTimeout = TimeSpan.FromMilliseconds(300);
        });
        await using var stranger = await OpenStrangerAsync();
        var backend = 0;
        await engine.RunAsync(
            async (session, token) =>
            {
                backend = await BackendAsync(session);
                await ExecuteAsync(session, "insert into users values (1, 'ada')", token);
                await ExecuteAsync(session, "select pg_advisory_lock(77)", token);
            },
            cancellationToken: Token);
        await AssertNothingHeldAsync(engine);
        Assert.Equal(1, front.Sprung);   // the fault happened
        Assert.Equal(1, await CountUsersAsync());
        await UntilAsync(stranger, Locks, 0);
        if (!PoolerKeepsBackends)
        {
            await UntilAsync(stranger, $"select count(*) from pg_stat_activity where pid = {backend}", 0);
            Assert.NotEqual(backend, await engine.RunAsync((session, _) => BackendAsync(session), cancellationToken: Token));
        }
    }

    [Fact]
    public async Task S21_A_backend_killed_before_the_reset_leaks_no_permit()
    {
        await using var stranger = await OpenStrangerAsync();
        await using (var session = OneConnection.OpenSession())
        {
            await ExecuteAsync(session, "select pg_advisory_lock(77)", Token);
            Assert.True(await AskAsync<bool>(
                stranger, $"select pg_terminate_backend({await BackendAsync(session)}, 30000)"));   // the fault happened
            await session.RollbackAsync(Token);
            await AssertNothingHeldAsync(OneConnection);
            Assert.Equal(0, await AskAsync<long>(stranger, Locks));
            Assert.Equal(1, await ScalarAsync<int>(session, "select 1", Token));
        }
    }

    [Fact]
    public async Task F06_A_backend_killed_during_the_work_is_a_lost_connection()
    {
        await using var stranger = await OpenStrangerAsync();
        await Assert.ThrowsAsync<DatabaseUnavailableException>(() => OneConnection.RunAsync(
            (session, _) => session.UseProviderConnectionAsync<NpgsqlConnection>(
                async (connection, token) =>
                {
                    var backend = await AskAsync<int>(connection, "select pg_backend_pid()");
                    Assert.True(await AskAsync<bool>(stranger, $"select pg_terminate_backend({backend}, 30000)"));
                    await AskAsync<int>(connection, "select 1");
                },
                Token),
            cancellationToken: Token));
        await AssertNothingHeldAsync(OneConnection);
        Assert.Equal(1, await OneConnection.RunAsync(
            (session, token) => ScalarAsync<int>(session, "select 1", token), cancellationToken: Token));
    }

    [Fact]
    public async Task F06_The_callers_cancellation_surfaces_with_the_callers_token()
    {
        using var patience = new CancellationTokenSource();
        var error = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => OneConnection.RunAsync(
            (session, token) => session.UseProviderConnectionAsync<NpgsqlConnection>(
                async (connection, inside) =>
                {
                    await AskAsync<string>(connection, "select pg_advisory_lock(77)::text");
                    patience.CancelAfter(20);
                    await using var slow = new NpgsqlCommand("select pg_sleep(60)", connection);
                    await slow.ExecuteNonQueryAsync(inside);
                },
                token),
            cancellationToken: patience.Token));
        Assert.Equal(patience.Token, error.CancellationToken);
        await using var stranger = await OpenStrangerAsync();
        Assert.Equal(0, await AskAsync<long>(stranger, Locks));
        await AssertNothingHeldAsync(OneConnection);
    }

    [Theory]
    [InlineData("dispose")]
    [InlineData("dispose without waiting")]
    [InlineData("drain")]
    public async Task F06_The_end_of_the_session_cancels_the_token_of_the_work(string how)
    {
        var engine = CreateEngine();
        var session = engine.OpenSession();
        var began = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var work = session.UseProviderConnectionAsync<NpgsqlConnection>(
            async (connection, token) =>
            {
                await AskAsync<string>(connection, "select pg_advisory_lock(77)::text");
                began.SetResult();
                await Task.Delay(Timeout.InfiniteTimeSpan, token);
            },
            Token);
        await began.Task;
        switch (how)
        {
            case "dispose":
                await session.DisposeAsync();
                break;
            case "drain":
                await engine.DrainAsync(TimeSpan.FromMilliseconds(20), Token);
                break;
            default:
#pragma warning disable CA1849 // that is what the test is about
                session.Dispose();
#pragma warning restore CA1849
                break;
        }

        await Assert.ThrowsAsync<SessionEndedException>(() => work);
        await AssertNothingHeldAsync(engine);
        await using var stranger = await OpenStrangerAsync();
        await UntilAsync(stranger, Locks, 0);
        await session.DisposeAsync();
    }

    [Fact]
    public async Task F06_Work_that_ignores_its_token_keeps_its_connection_but_its_caller_is_released()
    {
        var engine = CreateEngine(static options =>
        {
            (options.PoolSize, options.MaxOverflow) = (1, 0);
            options.CleanupTimeout = TimeSpan.FromMilliseconds(300);
        });
        var session = engine.OpenSession();
        var began = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var go = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var work = session.UseProviderConnectionAsync<NpgsqlConnection, int>(
            async (connection, _) =>
            {
                await AskAsync<string>(connection, "select pg_advisory_lock(77)::text");
                began.SetResult();
                await go.Task;
                return await AskAsync<int>(connection, "insert into users values (1, 'ada') returning id");
            },
            Token);
        await began.Task;
        await session.DisposeAsync();   // returns
        Assert.Equal(1, engine.GetSnapshot().InUse);   // the permit stands for the connection
        Assert.False(work.IsCompleted);
        go.SetResult();
        await Assert.ThrowsAsync<SessionEndedException>(() => work);   // though the work itself succeeded
        await AssertNothingHeldAsync(engine);
        Assert.Equal(0, await CountUsersAsync());
        await using var stranger = await OpenStrangerAsync();
        await UntilAsync(stranger, Locks, 0);
    }

    [Fact]
    public async Task S21_Many_dirty_clean_and_cancelled_sessions_leave_no_state()
    {
        var engine = CreateEngine(static options => (options.PoolSize, options.MaxOverflow) = (3, 1));
        var ended = new ConcurrentBag<string>();
        var random = new Random(20_261_122);
        var given = Enumerable.Range(1, 200).Select(id => (Id: id, Patience: random.Next(3) == 0 ? random.Next(0, 30) : 30_000));
        var crowd = new ParallelOptions { MaxDegreeOfParallelism = 50, CancellationToken = Token };
        await Parallel.ForEachAsync(given, crowd, async (one, _) =>
        {
            using var patience = new CancellationTokenSource(one.Patience);
            try
            {
                await engine.RunAsync((session, token) => WorkAsync(session, one.Id, token), cancellationToken: patience.Token);
                ended.Add("well");
            }
            catch (Exception error) when (error is OperationCanceledException or DbException or InvalidOperationException)
            {
                ended.Add(error.GetType().Name);
            }
        });
        await AssertNothingHeldAsync(engine);
        Assert.Equal(200, ended.Count);
        Assert.InRange(ended.Count(static how => how == "well"), 60, 180);
        Assert.Contains(nameof(InvalidOperationException), ended);   // the work that closed the connection
        await using var stranger = await OpenStrangerAsync();
        await UntilAsync(stranger, Locks, 0);
        await UntilAsync(stranger, IdleInTransaction, 0);
        await UntilAsync(stranger, $"select greatest(4, ({Backends}))", 4);   // what was closed takes a moment to go

        // Every connection of the pool is in its right mind.
        var names = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => engine.RunAsync(
            (session, token) => ScalarAsync<string>(
                session, "select current_setting('application_name') from pg_sleep(0.1)", token),
            cancellationToken: Token)));
        Assert.DoesNotContain("left", names);
    }

    private static async Task WorkAsync(DbSession session, int id, CancellationToken token)
    {
        switch (id % 5)
        {
            case 0:
                await ExecuteAsync(session, $"select pg_advisory_lock({id}); set application_name = 'left'", token);
                break;
            case 1:
                await ExecuteAsync(session, "create temp table if not exists secrets (x int)", token);
                break;
            case 2:
                await session.UseProviderConnectionAsync<NpgsqlConnection>(
                    async (connection, inside) =>
                    {
                        await using var command = new NpgsqlCommand(
                            $"select pg_advisory_lock({id}), pg_sleep(0.002)", connection);
                        await command.ExecuteNonQueryAsync(inside);
                        if (id % 2 == 0)
                        {
                            await connection.CloseAsync();
                        }
                    },
                    token);
                break;
            case 3:
                session.ResetOnReturn();
                await ScalarAsync<int>(session, "select 1 from pg_sleep(0.003)", token);
                break;
            default:
                await ScalarAsync<int>(session, "select 1", token);
                break;
        }
    }
}
