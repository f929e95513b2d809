using Xunit;

#pragma warning disable MILLSEAM // a provider of the test's own

namespace Millpond.Tests.Sessions;

/// <summary>What becomes of sessions that have no connection yet when their engine drains.</summary>
public sealed class DrainTests : VirtualTimeTestBase
{
    [Fact]
    public async Task G17_A_shutdown_during_the_check_of_the_servers_limit_does_not_fail()
    {
        var (began, answer) = (new TaskCompletionSource(), new TaskCompletionSource());
        Provider.IsRemote = true;
        Provider.At = step =>
        {
            if (step != "ReadLimits")
            {
                return Task.CompletedTask;
            }

            began.TrySetResult();
            return answer.Task;
        };
        var engine = Engine(1, TimeSpan.FromSeconds(5));
        engine.Watch.Start();
        Time.Advance(TimeSpan.FromSeconds(60));
        await began.Task.WaitAsync(TimeSpan.FromSeconds(10), Token);

        var end = engine.DisposeAsync().AsTask();
        await InTimeAsync(end);
        answer.SetResult();

        Assert.True(end.IsCompletedSuccessfully);
    }

    [Fact]
    public async Task G16_Callers_that_wait_for_a_recovery_do_not_delay_a_drain()
    {
        Provider.IsRemote = true;
        Provider.At = static step => step is "Rent" or "Probe"
            ? throw DatabaseUnavailableException.CannotConnect("fake", new IOException("Nobody is there."), meansDown: true)
            : Task.CompletedTask;
        var engine = Engine(1, TimeSpan.FromMinutes(5));
        var patient = engine.RunAsync(
            Work, new DbSessionOptions { Retries = 3 }, Token);
        SpinWait.SpinUntil(() => engine.GetSnapshot().DownSince is not null, TimeSpan.FromSeconds(10));
        Assert.False(patient.IsCompleted);

        var drain = engine.DrainAsync(TimeSpan.FromMinutes(1), Token);
        await Assert.ThrowsAsync<SessionRejectedException>(() => patient.WaitAsync(TimeSpan.FromSeconds(10), Token));
        Time.Advance(TimeSpan.FromMilliseconds(100));   // it looks twenty times a second
        await drain.WaitAsync(TimeSpan.FromSeconds(10), Token);
        NothingHeld(engine);
    }

    [Fact]
    public async Task G16_A_session_that_is_still_opening_is_waited_for_and_does_not_outlive_the_drain()
    {
        var opening = new TaskCompletionSource();
        var rented = new TaskCompletionSource();
        var provider = new FakeProvider
        {
            At = step =>
            {
                if (step != "Rent")
                {
                    return Task.CompletedTask;
                }

                rented.SetResult();
                return opening.Task;
            },
        };
        var engine = FakeProvider.CreateEngine(provider);
        var work = engine.RunAsync(Work, cancellationToken: Token);
        await rented.Task;
        var drain = engine.DrainAsync(TimeSpan.FromSeconds(30), Token);
        Assert.False(drain.IsCompleted);
        opening.SetResult();
        await work;
        await drain;
        Assert.Equal((1, 0), (engine.GetSnapshot().Commits, provider.Rented));
        await engine.DisposeAsync();
    }

    [Fact]
    public async Task G16_A_connection_that_opens_after_the_drain_is_returned_and_its_session_rejected()
    {
        var opening = new TaskCompletionSource();
        var provider = new FakeProvider { At = step => step == "Rent" ? opening.Task : Task.CompletedTask };
        var engine = FakeProvider.CreateEngine(provider);
        var work = engine.RunAsync(Work, cancellationToken: Token);
        await engine.DrainAsync(TimeSpan.Zero, Token);
        opening.SetResult();
        await Assert.ThrowsAsync<SessionRejectedException>(() => work);
        Assert.Equal((0, 0, 0), (engine.GetSnapshot().InUse, (int)engine.GetSnapshot().Commits, provider.Rented));
        await engine.DisposeAsync();
    }

    [Fact]
    public async Task G16_An_abandoned_session_does_not_delay_a_drain_and_an_active_one_does()
    {
        var engine = Engine(2, TimeSpan.FromSeconds(2));
        var left = engine.OpenSession();
        await RunAsync(left);
        var release = new TaskCompletionSource();
        var work = engine.RunAsync(
            async (session, _) =>
            {
                await RunAsync(session);
                await release.Task;
            },
            cancellationToken: Token);
        var drain = engine.DrainAsync(TimeSpan.FromMinutes(1), Token);
        Time.Advance(TimeSpan.FromSeconds(10));
        await Task.Yield();
        Assert.False(drain.IsCompleted);
        Assert.Equal(SessionState.Active, left.State);
        release.SetResult();
        await work;
        await InTimeAsync(drain);
        Assert.Equal(SessionState.Ended, left.State);
        Assert.True(Time.GetUtcNow() < new DateTimeOffset(2026, 1, 1, 12, 0, 20, TimeSpan.Zero));
        NothingHeld(engine);
    }

    private static Task Work(DbSession session, CancellationToken token) => RunAsync(session);
}
