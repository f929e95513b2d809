using System.Data;
using System.Data.Common;
using System.Transactions;
using Xunit;

namespace Millpond.IntegrationTests.Sessions;

/// <summary>The rules of a session's life and use that hold on every database.</summary>
public abstract class SessionRules : SessionTestBase
{
    [Fact]
    public async Task S01_A_session_without_commands_takes_no_permit_and_no_connection()
    {
        await using var session = Engine.OpenSession();
        _ = session.Connection.CreateCommand();
        var now = Engine.GetSnapshot();
        Assert.Equal((SessionState.Idle, 0, 0), (session.State, now.InUse, now.Holders.Count));

        await session.CommitAsync(Token);
        Assert.Equal(0, Engine.GetSnapshot().Commits);
    }

    [Fact]
    public async Task S01_The_first_command_takes_a_connection_and_begins_the_transaction()
    {
        await using var session = Engine.OpenSession();
        await ExecuteAsync(session, "insert into users values (1, 'ada')", Token);
        var now = Engine.GetSnapshot();
        Assert.Equal((SessionState.Active, 1, 1), (session.State, now.InUse, now.Holders.Count));
    }

    [Fact]
    public async Task S04_RunAsync_commits_when_the_work_returns_and_rolls_back_when_it_throws()
    {
        await Engine.RunAsync(
            (session, token) => ExecuteAsync(session, "insert into users values (1, 'ada')", token), cancellationToken: Token);
        await Assert.ThrowsAsync<InvalidTimeZoneException>(() => Engine.RunAsync(
            async (session, token) =>
            {
                await ExecuteAsync(session, "insert into users values (2, 'bob')", token);
                throw new InvalidTimeZoneException();
            },
            cancellationToken: Token));

        Assert.Equal(1, await CountUsersAsync());
        await AssertNothingHeldAsync(Engine);
    }

    [Fact]
    public async Task S04_After_CommitAsync_later_statements_begin_a_new_transaction()
    {
        await using (var session = Engine.OpenSession())
        {
            await ExecuteAsync(session, "insert into users values (1, 'ada')", Token);
            await session.CommitAsync(Token);
            Assert.Equal((SessionState.Idle, 0), (session.State, Engine.GetSnapshot().InUse));
            await ExecuteAsync(session, "insert into users values (2, 'bob')", Token);
        }

        Assert.Equal((1, 0), (await CountUsersAsync("id = 1"), await CountUsersAsync("id = 2")));
        await AssertNothingHeldAsync(Engine);
    }

    [Fact]
    public async Task S04_RollbackAsync_undoes_the_work_and_the_session_continues()
    {
        await Engine.RunAsync(
            async (session, token) =>
            {
                await ExecuteAsync(session, "insert into users values (1, 'ada')", token);
                await session.RollbackAsync(token);
                await ExecuteAsync(session, "insert into users values (2, 'bob')", token);
            },
            cancellationToken: Token);
        Assert.Equal((0, 1), (await CountUsersAsync("id = 1"), await CountUsersAsync("id = 2")));
    }

    [Fact]
    public async Task S05_An_unknown_table_is_the_databases_own_error()
    {
        await using var session = Engine.OpenSession();
        var error = await Assert.ThrowsAnyAsync<DbException>(
            () => ExecuteAsync(session, "insert into nowhere values (1)", Token));
        Assert.DoesNotContain("Millpond", error.GetType().Namespace, StringComparison.Ordinal);
        Assert.Contains("nowhere", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task S05_A_failure_inside_a_savepoint_can_be_rolled_back_and_the_rest_commits()
    {
        await Engine.RunAsync(
            async (session, token) =>
            {
                await ExecuteAsync(session, "insert into users values (1, 'ada')", token);
                await using (await session.BeginTransactionAsync(token))
                {
                    await ExecuteAsync(session, "insert into users values (2, 'bob')", token);
                    await Assert.ThrowsAnyAsync<DbException>(
                        () => ExecuteAsync(session, "insert into users values (1, 'eve')", token));
                }

                Assert.Equal(SessionState.Active, session.State);
                await ExecuteAsync(session, "insert into users values (3, 'cleo')", token);
            },
            cancellationToken: Token);
        Assert.Equal((2, 0), (await CountUsersAsync(), await CountUsersAsync("id = 2")));
    }

    [Fact]
    public async Task S07_A_cancelled_token_runs_nothing_and_surfaces_as_the_callers_own()
    {
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();
        await using var session = Engine.OpenSession();
        var error = await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => ExecuteAsync(session, "insert into users values (1, 'ada')", cancelled.Token));
        Assert.Equal(cancelled.Token, error.CancellationToken);
        Assert.Equal(0, Engine.GetSnapshot().InUse);
        await session.CommitAsync(Token);
        Assert.Equal(0, await CountUsersAsync());
    }

    [Fact]
    public async Task S07_A_caller_that_gives_up_while_waiting_leaks_no_permit()
    {
        var engine = CreateEngine(static options => (options.PoolSize, options.MaxOverflow) = (1, 0));
        await using var holder = engine.OpenSession();
        await ExecuteAsync(holder, "insert into users values (1, 'ada')", Token);
        using var patience = new CancellationTokenSource();
        await using var waiter = engine.OpenSession(new DbSessionOptions { Access = SessionAccess.ReadOnly });
        var waiting = ScalarAsync<long>(waiter, "select count(*) from users", patience.Token);
        while (engine.GetSnapshot().Waiting == 0)
        {
            await Task.Yield();
        }

        await patience.CancelAsync();
        var error = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        Assert.Equal(patience.Token, error.CancellationToken);
        await holder.RollbackAsync(Token);
        await AssertNothingHeldAsync(engine);
    }

    [Fact]
    public async Task S07_The_callers_own_token_surfaces_beside_the_sessions()
    {
        var engine = CreateEngine(static options => (options.PoolSize, options.MaxOverflow) = (1, 0));
        await using var holder = engine.OpenSession();
        await ExecuteAsync(holder, "insert into users values (1, 'ada')", Token);
        using var whole = new CancellationTokenSource();
        using var command = new CancellationTokenSource();
        var work = engine.RunAsync(
            (session, _) => ScalarAsync<long>(session, "select count(*) from users", command.Token),
            new DbSessionOptions { Access = SessionAccess.ReadOnly },
            whole.Token);
        while (engine.GetSnapshot().Waiting == 0)
        {
            await Task.Yield();
        }

        await command.CancelAsync();
        var error = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => work);
        Assert.Equal(command.Token, error.CancellationToken);
    }

    [Fact]
    public async Task S07_A_cancelled_CommitAsync_is_not_sent_and_the_session_can_still_commit()
    {
        await using var session = Engine.OpenSession();
        await ExecuteAsync(session, "insert into users values (1, 'ada')", Token);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => session.CommitAsync(new CancellationToken(canceled: true)));
        await session.CommitAsync(Token);
        Assert.Equal(1, await CountUsersAsync());
    }

    [Fact]
    public async Task S08_Every_member_of_an_ended_session_reports_the_operation_and_the_reason()
    {
        var session = Engine.OpenSession();
        var connection = session.Connection;
        var command = connection.CreateCommand();
        command.CommandText = "select 1";
        await session.DisposeAsync();

        Task[] uses =
        [
            command.ExecuteScalarAsync(Token), command.ExecuteNonQueryAsync(Token), command.ExecuteReaderAsync(Token),
            command.PrepareAsync(Token), session.CommitAsync(Token), session.RollbackAsync(Token),
            session.BeginTransactionAsync(Token),
            connection.OpenAsync(Token), connection.BeginTransactionAsync(Token).AsTask(), connection.GetSchemaAsync(Token),
        ];
        foreach (var use in uses)
        {
            var error = await Assert.ThrowsAsync<SessionEndedException>(() => use);
            Assert.StartsWith(
                "The session of S08_Every_member_of_an_ended_session_reports_the_operation_and_the_reason (SessionRules.cs:",
                error.Message,
                StringComparison.Ordinal);
            Assert.Contains("has ended: it was disposed at", error.Message, StringComparison.Ordinal);
        }

        Assert.Throws<SessionEndedException>(session.RequireOutermost);
        Assert.Equal(SessionState.Ended, session.State);
    }

    [Fact]
    public async Task S10_A_second_concurrent_command_is_rejected_with_both_named()
    {
        await using var session = Engine.OpenSession();
        var first = ScalarAsync<long>(session, SlowQuery, Token);
        var error = await Assert.ThrowsAsync<SessionConcurrencyException>(() => ScalarAsync<long>(session, "select 2", Token));
        Assert.Equal((SlowQuery, "select 2"), (error.RunningCommand, error.RefusedCommand));
        await Assert.ThrowsAsync<SessionConcurrencyException>(() => session.CommitAsync(Token));
        await first;
        Assert.Equal(2, await ScalarAsync<long>(session, "select 2", Token));
    }

    [Fact]
    public async Task S10_A_commit_beside_an_open_reader_is_rejected_before_anything_is_sent()
    {
        await using var session = Engine.OpenSession();
        await ExecuteAsync(session, "insert into users values (1, 'ada')", Token);
        await using (var reader = await ReaderAsync(session, "select name from users", Token))
        {
            var error = await Assert.ThrowsAsync<SessionConcurrencyException>(() => session.CommitAsync(Token));
            Assert.Equal("select name from users", error.RunningCommand);
            Assert.True(await reader.ReadAsync(Token));
            Assert.Equal("ada", reader.GetString(0));
        }

        await session.CommitAsync(Token);
        Assert.Equal(1, await CountUsersAsync());
    }

    [Fact]
    public async Task S11_An_inner_commit_does_not_commit_the_outer()
    {
        await using (var session = Engine.OpenSession())
        {
            var inner = await session.BeginTransactionAsync(Token);
            await ExecuteAsync(session, "insert into users values (1, 'ada')", Token);
            Assert.Throws<InvalidOperationException>(session.RequireOutermost);
            await inner.CommitAsync(Token);
            session.RequireOutermost();
            await Assert.ThrowsAsync<InvalidOperationException>(() => inner.CommitAsync(Token));
        }

        Assert.Equal(0, await CountUsersAsync());
    }

    [Fact]
    public async Task S11_An_uncommitted_transaction_undoes_only_its_own_work()
    {
        await Engine.RunAsync(
            async (session, token) =>
            {
                await ExecuteAsync(session, "insert into users values (1, 'ada')", token);
                await using (await session.BeginTransactionAsync(token))
                {
                    await ExecuteAsync(session, "insert into users values (2, 'bob')", token);
                }

                await using var kept = await session.BeginTransactionAsync(token);
                await ExecuteAsync(session, "insert into users values (3, 'cleo')", token);
                await kept.CommitAsync(token);
            },
            cancellationToken: Token);
        Assert.Equal((1, 0), (await CountUsersAsync("id = 1"), await CountUsersAsync("id = 2")));
        Assert.Equal(1, await CountUsersAsync("id = 3"));
    }

    [Fact]
    public async Task S11_A_session_with_an_open_transaction_cannot_commit()
    {
        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => Engine.RunAsync(
            async (session, token) =>
            {
                await session.BeginTransactionAsync(token);
                await ExecuteAsync(session, "insert into users values (1, 'ada')", token);
            },
            cancellationToken: Token));
        Assert.Contains("is still open", error.Message, StringComparison.Ordinal);
        Assert.Equal(0, await CountUsersAsync());
        await AssertNothingHeldAsync(Engine);
    }

    [Fact]
    public async Task S20_Transaction_statements_as_text_are_rejected_and_savepoints_are_tracked()
    {
        await Engine.RunAsync(
            async (session, token) =>
            {
                string[] refused = ["commit", "/* x */ COMMIT", "select 1; rollback", "begin", "end", "-- x\nstart transaction"];
                foreach (var text in refused)
                {
                    var error = await Assert.ThrowsAsync<MillpondNotSupportedException>(() => ExecuteAsync(session, text, token));
                    Assert.Contains("[MILL3007]", error.Message, StringComparison.Ordinal);
                }

                await ExecuteAsync(session, "insert into users values (1, 'ada')", token);
                await ExecuteAsync(session, "savepoint mine", token);
                await ExecuteAsync(session, "insert into users values (2, 'bob')", token);
                await Assert.ThrowsAnyAsync<DbException>(
                    () => ExecuteAsync(session, "insert into users values (1, 'eve')", token));
                await ExecuteAsync(session, "rollback to savepoint mine", token);
                await ExecuteAsync(session, "release savepoint mine", token);
                Assert.Equal(SessionState.Active, session.State);
            },
            cancellationToken: Token);
        Assert.Equal((1, 0), (await CountUsersAsync("id = 1"), await CountUsersAsync("id = 2")));
    }

    [Fact]
    public async Task S20_A_TransactionScope_is_rejected()
    {
        await using var session = Engine.OpenSession();
        using var transaction = new System.Transactions.CommittableTransaction();
        Assert.Throws<NotSupportedException>(() => session.Connection.EnlistTransaction(transaction));
        using (new TransactionScope(TransactionScopeAsyncFlowOption.Enabled))
        {
            await Assert.ThrowsAsync<NotSupportedException>(() => ScalarAsync<int>(session, "select 1", Token));
            await Assert.ThrowsAsync<NotSupportedException>(() => session.UseProviderConnectionAsync<DbConnection>(
                static (_, _) => Task.CompletedTask, Token));
            Assert.Equal((0, SessionState.Idle), (Engine.GetSnapshot().InUse, session.State));   // refused before anything
            using var none = new TransactionScope(TransactionScopeOption.Suppress, TransactionScopeAsyncFlowOption.Enabled);
            Assert.Equal(1, await ScalarAsync<int>(session, "select 1", Token));
        }

        Assert.Equal(1, await ScalarAsync<int>(session, "select 1", Token));
    }

    [Fact]
    public async Task G16_A_drain_lets_holders_finish_and_rejects_new_sessions()
    {
        var session = Engine.OpenSession();
        await ExecuteAsync(session, "insert into users values (1, 'ada')", Token);
        var drain = Engine.DrainAsync(TimeSpan.FromSeconds(20), Token);
        Assert.True(Engine.GetSnapshot().IsDraining);
        await Assert.ThrowsAsync<SessionRejectedException>(
            () => Engine.RunAsync((late, token) => ScalarAsync<long>(late, "select 1", token), cancellationToken: Token));
        await session.CommitAsync(Token);
        await drain;
        Assert.Equal(1, await CountUsersAsync());
    }

    [Fact]
    public async Task G16_Work_left_after_the_drain_is_rolled_back()
    {
        var session = Engine.OpenSession();
        await ExecuteAsync(session, "insert into users values (1, 'ada')", Token);
        await Engine.DrainAsync(TimeSpan.Zero, Token);
        Assert.Empty(Engine.GetSnapshot().Holders);
        var error = await Assert.ThrowsAsync<SessionEndedException>(() => session.CommitAsync(Token));
        Assert.Equal("the engine shut down", error.Reason);
        Assert.Equal(0, await CountUsersAsync());
    }

    [Fact]
    public async Task G06_A_thousand_sessions_on_five_connections_with_random_cancellations_leak_nothing()
    {
        var engine = CreateEngine(static options =>
        {
            (options.PoolSize, options.MaxOverflow) = (3, 2);
            options.QueueTarget = Timeout.InfiniteTimeSpan;   // it is not about overload
        });
        var random = new Random(20_261_122);
        var given = Enumerable.Range(0, 1_000)
            .Select(id => (Id: id, Patience: random.Next(0, 4) == 0 ? random.Next(0, 60) : -1)).ToList();
        var kept = 0;
        var cancelled = 0;
        var crowd = new ParallelOptions { MaxDegreeOfParallelism = 200, CancellationToken = Token };
        await Parallel.ForEachAsync(given, crowd, async (one, _) =>
        {
            using var patience = one.Patience < 0 ? new CancellationTokenSource() : new CancellationTokenSource(one.Patience);
            try
            {
                await engine.RunAsync(
                    async (session, token) =>
                    {
                        await ExecuteAsync(session, $"insert into users values ({one.Id}, 'user {one.Id}')", token);
                        await ScalarAsync<long>(session, "select count(*) from users", token);
                    },
                    cancellationToken: patience.Token);
                Interlocked.Increment(ref kept);
            }
            catch (OperationCanceledException)
            {
                Interlocked.Increment(ref cancelled);
            }
        });

        await AssertNothingHeldAsync(engine);
        Assert.Equal(1_000, kept + cancelled);
        Assert.NotEqual(0, cancelled);
        Assert.Equal(kept, await CountUsersAsync());
    }

    /// <summary>Gets a query that takes some hundred milliseconds and returns one number.</summary>
    protected abstract string SlowQuery { get; }
}
