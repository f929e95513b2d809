using Millpond.Leasing;
using Xunit;

namespace Millpond.Tests.Sessions;

/// <summary>A session inside another one of the same flow.</summary>
public sealed class NestedSessionTests : VirtualTimeTestBase
{
    [Fact]
    public async Task S14_A_nested_session_takes_a_free_permit_immediately_and_never_waits_for_one()
    {
        var engine = Engine(permits: 2);
        await engine.RunAsync(
            async (outer, _) =>
            {
                await RunAsync(outer);
                await engine.RunAsync((inner, _) => RunAsync(inner), cancellationToken: Token);   // one is free

                await using var stranger = await StrangerAsync(engine);
                Time.Advance(TimeSpan.FromSeconds(3));
                var error = await Assert.ThrowsAsync<NestedSessionException>(
                    () => engine.RunAsync(
                        (inner, _) => RunAsync(inner), cancellationToken: Token, member: "Audit", file: "/a/Audit.cs", line: 7));

                Assert.Equal(
                    $"Audit (Audit.cs:7) needs a second connection of pool 'default' inside session {outer.Id} of Outer " +
                    "(Outer.cs:1), which has held one for 3.0 s, and none is free. Waiting could deadlock. Use the " +
                    "outer session, or end it first. [MILL3008]",
                    error.Message);
                Assert.Equal((outer.Id, "default"), (error.Outer.SessionId, error.PoolName));
                Assert.Equal("Audit (Audit.cs:7)", error.Operation);
                Assert.True(error.IsTransient);
            },
            cancellationToken: Token,
            member: "Outer",
            file: "Outer.cs",
            line: 1);
        NothingHeld(engine);
    }

    [Fact]
    public async Task S14_Two_flows_that_each_need_a_second_connection_do_not_deadlock()
    {
        var engine = Engine(permits: 2);
        var both = new Barrier();
        var errors = await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => Record.ExceptionAsync(() => engine.RunAsync(
            async (outer, _) =>
            {
                await RunAsync(outer);
                await both.ArriveAsync();
                await engine.RunAsync((inner, _) => RunAsync(inner), cancellationToken: Token);
            },
            cancellationToken: Token)).AsTask()));   // without any passing of time

        // At least one is rejected; the other may find a free permit by then.
        var refused = errors.OfType<Exception>().ToList();
        Assert.NotEmpty(refused);
        Assert.All(refused, static error => Assert.IsType<NestedSessionException>(error));
        NothingHeld(engine);
    }

    [Fact]
    public async Task S14_A_session_opened_without_RunAsync_inside_a_flow_counts()
    {
        var engine = Engine(permits: 1);
        await engine.RunAsync(
            async (unused, _) =>
            {
                await using var outer = engine.OpenSession();
                await RunAsync(outer);
                await using var inner = engine.OpenSession();
                await Assert.ThrowsAsync<NestedSessionException>(() => RunAsync(inner));
                await Assert.ThrowsAsync<NestedSessionException>(() => RunAsync(unused));

                await outer.CommitAsync(Token);   // now it holds nothing
                await RunAsync(inner);
            },
            cancellationToken: Token);
        NothingHeld(engine);
    }

    [Fact]
    public async Task S14_Nesting_depends_on_where_a_session_is_used_and_where_it_was_opened()
    {
        var engine = Engine(permits: 1);
        await using var before = engine.OpenSession();   // of no flow
        await engine.RunAsync(
            async (outer, _) =>
            {
                await using var inside = engine.OpenSession();
                await RunAsync(outer);
                await Assert.ThrowsAsync<NestedSessionException>(() => RunAsync(before));
                await Assert.ThrowsAsync<NestedSessionException>(() => OutsideAsync(() => RunAsync(inside)));
            },
            cancellationToken: Token);
        await RunAsync(before);   // now nobody holds anything
    }

    [Fact]
    public async Task S14_Parallel_flows_queue_as_usual_and_so_does_one_whose_outer_session_holds_no_connection()
    {
        var engine = Engine(permits: 1);
        await engine.RunAsync(
            async (outer, _) =>
            {
                await RunAsync(outer);
                await outer.CommitAsync(Token);
                await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => engine.RunAsync(
                    async (inner, _) =>
                    {
                        await RunAsync(inner);
                        await Task.Yield();
                    },
                    cancellationToken: Token)));
            },
            cancellationToken: Token);
        NothingHeld(engine);
        Assert.Equal(6, engine.GetSnapshot().Commits);
    }

    [Fact]
    public async Task S14_Another_engine_is_another_pool()
    {
        var one = Engine(permits: 1);
        var two = Engine(permits: 1);
        await one.RunAsync(
            async (outer, _) =>
            {
                await RunAsync(outer);
                await using var stranger = await StrangerAsync(two);
                var waiting = two.RunAsync((inner, _) => RunAsync(inner), cancellationToken: Token);
                Assert.Equal(1, two.GetSnapshot().Waiting);
                await stranger.CommitAsync(Token);
                await waiting;
            },
            cancellationToken: Token);
    }

    [Fact]
    public async Task S14_A_flow_ends_with_its_work_and_later_code_is_not_inside_it()
    {
        var engine = Engine(permits: 1);
        await engine.RunAsync((session, _) => RunAsync(session), cancellationToken: Token);
        Assert.Null(SessionFlow.Current);

        await using var holder = await StrangerAsync(engine);
        var waiting = engine.RunAsync((session, _) => RunAsync(session), cancellationToken: Token);
        Assert.Equal(1, engine.GetSnapshot().Waiting);
        await holder.CommitAsync(Token);
        await waiting;
    }

    [Fact]
    public async Task S14_During_the_shutdown_a_nested_session_gets_the_shutdown_error()
    {
        var engine = Engine(permits: 1);
        await engine.RunAsync(
            async (outer, _) =>
            {
                await RunAsync(outer);
                var drain = engine.DrainAsync(TimeSpan.FromMinutes(1), Token);
                await Assert.ThrowsAsync<SessionRejectedException>(
                    () => engine.RunAsync((inner, _) => RunAsync(inner), cancellationToken: Token));
            },
            cancellationToken: Token);
    }

    [Theory]
    [InlineData("Commit")]
    [InlineData("Return")]
    [InlineData("Rollback")]
    public async Task S14_A_nested_session_waits_for_a_connection_that_is_being_returned(string slow)
    {
        var engine = Engine(permits: 1);
        var late = new TaskCompletionSource();
        await engine.RunAsync(
            async (outer, _) =>
            {
                await RunAsync(outer);
                Provider.At = step => step == slow ? late.Task : Task.CompletedTask;
                var ending = slow == "Rollback" ? outer.RollbackAsync(Token) : outer.CommitAsync(Token);
                var next = engine.RunAsync((inner, _) => RunAsync(inner), cancellationToken: Token);
                Assert.Equal(1, engine.GetSnapshot().Waiting);
                Provider.At = static _ => Task.CompletedTask;
                late.SetResult();
                await Task.WhenAll(ending, next);
            },
            cancellationToken: Token);
        NothingHeld(engine);
    }

    [Fact]
    public async Task S14_A_session_opened_before_the_flow_counts_for_the_flow_in_which_it_takes_a_connection()
    {
        var engine = Engine(permits: 1);
        await using var before = engine.OpenSession();   // as one that a scope opened and its host armed anew
        await engine.RunAsync(
            async (unused, _) =>
            {
                await RunAsync(before);
                await Assert.ThrowsAsync<NestedSessionException>(
                    () => engine.RunAsync((inner, _) => RunAsync(inner), cancellationToken: Token));
                await Assert.ThrowsAsync<NestedSessionException>(() => RunAsync(unused));
                await before.CommitAsync(Token);
                await RunAsync(unused);
            },
            cancellationToken: Token);
        NothingHeld(engine);
    }

    [Fact]
    public async Task S14_Code_left_running_by_a_flow_is_not_inside_it_after_its_end()
    {
        var engine = Engine(permits: 1);
        var ended = new TaskCompletionSource();
        var both = new Barrier();
        DbSession? left = null;
        Task? waiting = null;
        await engine.RunAsync(
            (session, _) =>
            {
                waiting = Task.WhenAll(BehindAsync(), BehindAsync());
                return Task.CompletedTask;
            },
            cancellationToken: Token);
        ended.SetResult();
        await both.ArrivedAsync;
        Assert.Equal(1, engine.GetSnapshot().Waiting);
        await left!.CommitAsync(Token);
        await waiting!;

        async Task BehindAsync()
        {
            await ended.Task;
            Assert.Null(SessionFlow.Current);
            var session = engine.OpenSession();
            var running = RunAsync(session);
            var holds = running.IsCompleted;   // whoever came first, of two that may run at once
            left = holds ? session : left;
            _ = both.ArriveAsync();
            await running;
            if (!holds)
            {
                await session.DisposeAsync();
            }
        }
    }

    /// <summary>Opens a session outside any flow, which holds a connection.</summary>
    private static async Task<DbSession> StrangerAsync(DbEngine engine)
    {
        DbSession? stranger = null;
        await OutsideAsync(async () =>
        {
            stranger = engine.OpenSession();
            await RunAsync(stranger);
        });
        return stranger!;
    }

    /// <summary>Runs work outside the caller's flow.</summary>
    private static async Task OutsideAsync(Func<Task> work)
    {
        Task outside;
        using (ExecutionContext.SuppressFlow())
        {
            outside = Task.Run(work, Token);
        }

        await outside;
    }

    private DbEngine Engine(int permits) => Engine(permits, TimeSpan.FromMinutes(5));

    /// <summary>Lets two callers continue when both have arrived.</summary>
    private sealed class Barrier
    {
        private readonly TaskCompletionSource _both = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _arrived;

        public Task ArrivedAsync => _both.Task;

        public Task ArriveAsync()
        {
            if (Interlocked.Increment(ref _arrived) == 2)
            {
                _both.SetResult();
            }

            return _both.Task;
        }
    }
}
