using System.Data.Common;
using Microsoft.Extensions.Logging;
using Millpond.IntegrationTests.Requests;
using Xunit;

namespace Millpond.IntegrationTests.Sessions;

/// <summary>What is done around the end of a session's transaction.</summary>
public abstract class HookRules : SessionTestBase
{
    private const string Ada = "insert into users values (1, 'ada')";
    private const string Bob = "insert into users values (2, 'bob')";

    private readonly LogBook _log = new();
    private readonly List<string> _order = [];

    [Fact]
    public async Task S12_BeforeCommit_writes_inside_the_transaction_in_order_and_hooks_may_register_more()
    {
        await using var session = Engine.OpenSession();
        session.BeforeCommit(async token =>
        {
            _order.Add("first");
            await ExecuteAsync(session, Bob, token);
            session.BeforeCommit(Note("third"));
        });
        session.BeforeCommit(Note("second"));
        await ExecuteAsync(session, Ada, Token);
        Assert.Empty(_order);

        await session.CommitAsync(Token);
        await session.CommitAsync(Token);   // they went with the first

        Assert.Equal(["first", "second", "third"], _order);
        Assert.Equal((2, 1), (await CountUsersAsync(), Engine.GetSnapshot().Commits));
    }

    [Fact]
    public async Task S12_An_error_of_BeforeCommit_fails_the_commit_unchanged_and_rolls_back()
    {
        SessionRollback? told = null;
        var error = await Assert.ThrowsAsync<InvalidTimeZoneException>(() => Engine.RunAsync(
            async (session, token) =>
            {
                await ExecuteAsync(session, Ada, token);
                session.BeforeCommit(async inner =>
                {
                    await ExecuteAsync(session, Bob, inner);
                    throw new InvalidTimeZoneException();
                });
                session.BeforeCommit(Note("never"));
                session.AfterCommit(Note("never"));
                session.AfterRollback((why, _) => Keep(ref told, why));
            },
            cancellationToken: Token));

        Assert.Equal((0, 0), (await CountUsersAsync(), Engine.GetSnapshot().Commits));
        Assert.Empty(_order);
        Assert.Equal(("its commit failed", error), (told!.Reason, told.Error));
    }

    [Fact]
    public async Task S12_AfterCommit_runs_after_the_commit_and_the_return_of_the_connection()
    {
        var engine = CreateEngine(static options => (options.PoolSize, options.MaxOverflow) = (1, 0));
        long seen = 0;
        await engine.RunAsync(
            async (session, token) =>
            {
                await ExecuteAsync(session, Ada, token);
                session.AfterCommit(async inner =>
                {
                    Assert.Equal(0, engine.GetSnapshot().InUse);
                    seen = await engine.RunAsync(
                        (other, last) => ScalarAsync<long>(other, "select count(*) from users", last), cancellationToken: inner);
                });
            },
            cancellationToken: Token);
        Assert.Equal(1, seen);
        Assert.Equal(0, engine.GetSnapshot().InUse);
    }

    [Fact]
    public async Task S12_AfterCommit_hooks_run_in_order_and_a_failed_one_is_only_logged()
    {
        var result = await Logging().RunAsync(
            async (session, token) =>
            {
                session.AfterCommit(Note("first"));
                session.AfterCommit(static _ => throw new InvalidTimeZoneException("in the call itself"));
                session.AfterCommit(static async _ =>
                {
                    await Task.Yield();
                    throw new InvalidTimeZoneException("later");
                });
                session.AfterCommit(Note("last"));
                return await ExecuteAsync(session, Ada, token);
            },
            cancellationToken: Token,
            member: "Work",
            file: "Work.cs",
            line: 7);

        Assert.Equal((1, 1), (result, await CountUsersAsync()));
        Assert.Equal(["first", "last"], _order);
        var lines = _log.Of(LogLevel.Warning).ToList();
        Assert.Equal(2, lines.Count);
        Assert.All(lines, static line => Assert.StartsWith(
            "An AfterCommit hook of Work (Work.cs:7) failed.", line, StringComparison.Ordinal));
        Assert.Contains("in the call itself", lines[0], StringComparison.Ordinal);
        Assert.Contains("later", lines[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task S12_A_session_opened_by_an_AfterCommit_hook_commits_or_rolls_back_on_its_own()
    {
        var engine = Logging();
        await engine.RunAsync(
            async (session, token) =>
            {
                await ExecuteAsync(session, Ada, token);
                session.AfterCommit(async (fresh, inner) =>
                {
                    Assert.NotEqual(session.Id, fresh.Id);
                    await ExecuteAsync(fresh, Bob, inner);
                });
                session.AfterCommit(async (fresh, inner) =>
                {
                    await ExecuteAsync(fresh, "insert into users values (3, 'eve')", inner);
                    throw new InvalidTimeZoneException();
                });
            },
            cancellationToken: Token);

        Assert.Equal((2, 0), (await CountUsersAsync(), await CountUsersAsync("name = 'eve'")));
        Assert.Single(_log.Of(LogLevel.Warning));
        await AssertNothingHeldAsync(engine);
    }

    [Fact]
    public async Task S12_Using_the_ended_session_in_AfterCommit_is_logged_as_an_error()
    {
        await Logging().RunAsync(
            async (session, token) =>
            {
                await ExecuteAsync(session, Ada, token);
                session.AfterCommit(inner => ExecuteAsync(session, Bob, inner));
            },
            cancellationToken: Token);

        Assert.Equal(1, await CountUsersAsync());
        Assert.Contains(nameof(SessionEndedException), Assert.Single(_log.Of(LogLevel.Warning)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task S12_Hooks_run_once_after_CommitAsync()
    {
        await using var session = Engine.OpenSession();
        session.AfterCommit(async token =>
        {
            _order.Add("after");
            await ExecuteAsync(session, Bob, token);   // it goes on, in a transaction of its own
        });
        session.AfterRollback((_, _) => Note("undone")(default));
        await ExecuteAsync(session, Ada, Token);
        await session.CommitAsync(Token);
        Assert.Equal(["after"], _order);
        Assert.Equal(SessionState.Active, session.State);

        await session.RollbackAsync(Token);
        await ExecuteAsync(session, Bob, Token);
        await session.CommitAsync(Token);

        Assert.Equal(["after"], _order);
        Assert.Equal(2, await CountUsersAsync());
    }

    [Fact]
    public async Task S12_AfterRollback_gets_the_reason_and_the_error()
    {
        await Engine.RunAsync(
            static (session, token) => ExecuteAsync(
                session, "create table posts (author integer references users (id) deferrable initially deferred)", token),
            cancellationToken: Token);
        SessionRollback? told = null;

        var thrown = await Assert.ThrowsAsync<InvalidTimeZoneException>(
            () => WorkAsync(Ada, static _ => throw new InvalidTimeZoneException()));
        Assert.Equal(("its work failed and was rolled back", thrown), (told!.Reason, told.Error));

        var refused = await Assert.ThrowsAnyAsync<DbException>(
            () => WorkAsync("insert into posts values (77)", static _ => Task.CompletedTask));
        Assert.Equal(("its commit failed", refused), (told!.Reason, told.Error));

        await WorkAsync(Ada, static session => session.RollbackAsync());
        Assert.Equal(("RollbackAsync was called", null), (told!.Reason, told.Error));

        told = null;
        var disposed = Engine.OpenSession();
        disposed.AfterRollback((why, _) => Keep(ref told, why));
        await ExecuteAsync(disposed, Ada, Token);
        await disposed.DisposeAsync();
        Assert.Equal(("it was disposed", null), (told!.Reason, told.Error));

        told = null;
        var byHand = Engine.OpenSession();   // nothing ends it where its commit is refused
        byHand.AfterRollback((why, _) => Keep(ref told, why));
        await ExecuteAsync(byHand, "insert into posts values (77)", Token);
        refused = await Assert.ThrowsAnyAsync<DbException>(() => byHand.CommitAsync(Token));
        Assert.Equal(("its commit failed", refused), (told!.Reason, told.Error));
        told = null;
        await byHand.DisposeAsync();
        Assert.Null(told);

        Assert.Empty(_order);
        Assert.Equal(0, await CountUsersAsync());

        Task WorkAsync(string sql, Func<DbSession, Task> end) => Engine.RunAsync(
            async (session, token) =>
            {
                told = null;
                session.AfterCommit(Note("never"));
                session.AfterRollback((why, _) =>
                {
                    Assert.Equal(0, Engine.GetSnapshot().InUse);
                    return Keep(ref told, why);
                });
                await ExecuteAsync(session, sql, token);
                await end(session);
                Assert.True(told is null || told.Error is null);   // only RollbackAsync has told by now
            },
            cancellationToken: Token);
    }

    [Fact]
    public async Task S12_Hooks_of_a_savepoint_are_dropped_with_it_and_AfterRollback_hooks_run_at_the_end()
    {
        SessionRollback? told = null;
        await Engine.RunAsync(
            async (session, token) =>
            {
                await ExecuteAsync(session, Ada, token);
                session.AfterCommit(Note("outer"));
                session.AfterRollback((_, _) => Note("outer undone")(default));
                await using (var kept = await session.BeginTransactionAsync(token))
                {
                    session.BeforeCommit(Note("kept before"));
                    session.AfterCommit(Note("kept"));
                    await kept.CommitAsync(token);
                }

                await using (await session.BeginTransactionAsync(token))
                {
                    session.BeforeCommit(Note("gone before"));
                    session.AfterCommit(Note("gone"));
                    session.AfterRollback((why, _) => Keep(ref told, why));
                }

                Assert.Null(told);   // the connection is not back yet
                session.AfterCommit(Note("later"));
            },
            cancellationToken: Token);

        Assert.Equal(["kept before", "outer", "kept", "later"], _order);
        Assert.Equal(("a transaction inside the session was rolled back", null), (told!.Reason, told.Error));
    }

    [Fact]
    public async Task S12_An_ended_session_accepts_no_hooks()
    {
        var session = Engine.OpenSession();
        await session.DisposeAsync();
        Action[] all =
        [
            () => session.BeforeCommit(Note("never")),
            () => session.AfterCommit(Note("never")),
            () => session.AfterCommit((_, token) => Note("never")(token)),
            () => session.AfterRollback((_, token) => Note("never")(token)),
            () => session.MarkExternalEffect("charged the card"),
        ];
        Assert.All(all, static one => Assert.Throws<SessionEndedException>(one));
    }

    private static Task Keep(ref SessionRollback? told, SessionRollback why)
    {
        Assert.Null(told);
        told = why;
        return Task.CompletedTask;
    }

    private Func<CancellationToken, Task> Note(string what) => _ =>
    {
        _order.Add(what);
        return Task.CompletedTask;
    };

    private DbEngine Logging() => CreateEngine(
        options => options.LoggerFactory = LoggerFactory.Create(builder => builder.AddProvider(_log)));
}
