using Millpond.Supply;
using Xunit;

#pragma warning disable MILLSEAM // a provider of the test's own

namespace Millpond.Tests.Supply;

/// <summary>A database that is down, and its return (G12).</summary>
public sealed class AvailabilityTests : SupplyTestBase
{
    [Fact]
    public async Task G12_When_nothing_works_everyone_is_told_and_one_probe_asks()
    {
        Source.ProbeFailure = RemoteSource.Down();
        var waiting = Enumerable.Range(0, 6).Select(_ => RentAsync()).ToList();
        Source.Openings[0].SetException(RemoteSource.Down());

        foreach (var caller in waiting)
        {
            var error = await Assert.ThrowsAsync<DatabaseUnavailableException>(() => caller);
            Assert.Equal(("MILL2001", true, true), (error.Code, error.IsDown, error.IsTransient));
        }

        var openings = Source.Openings.Count;
        Time.Advance(TimeSpan.FromSeconds(3.5));
        var next = await Assert.ThrowsAsync<DatabaseUnavailableException>(() => RentAsync());
        Assert.Matches(
            @"^The database at far:1/db has not been reachable for 3\.5 s \(Nobody is there\)\. It is probed regularly, " +
            @"and sessions continue as soon as it answers\. Check that it is running, and the address\. \[MILL2001\]$",
            next.Message);
        Assert.Equal(openings, Source.Openings.Count);
    }

    [Fact]
    public async Task G12_The_probe_asks_at_once_and_then_never_less_than_every_two_seconds()
    {
        await MarkUnavailableAsync();
        List<TimeSpan> pauses = [];
        for (var knock = 1; knock <= 12; knock++)
        {
            pauses.Add(await PassUntilAsync(() => Source.Knocks >= knock));
        }

        Assert.InRange(pauses[0], TimeSpan.FromMilliseconds(150), TimeSpan.FromMilliseconds(220));
        Assert.True(pauses[5] > pauses[0]);
        Assert.All(pauses, static pause => Assert.True(pause <= TimeSpan.FromSeconds(2.05), $"{pause}"));
        Assert.True(pauses[^1] >= TimeSpan.FromSeconds(1.4));
    }

    [Fact]
    public async Task G12_Openings_that_nobody_answers_mean_down_and_do_not_stand_in_the_way_of_its_return()
    {
        Source.ProbeFailure = RemoteSource.Down();
        var waiting = Enumerable.Range(0, 6).Select(_ => RentAsync()).ToList();
        Assert.InRange(
            await PassUntilAsync(() => Availability.IsDown), TimeSpan.FromSeconds(2.9), TimeSpan.FromSeconds(3.2));
        foreach (var caller in waiting)
        {
            Assert.True((await Assert.ThrowsAsync<DatabaseUnavailableException>(() => caller)).IsDown);
        }

        Source.ProbeFailure = null;
        await PassUntilAsync(() => !Availability.IsDown);
        Assert.Equal(1, Source.Begun);
        var next = RentAsync();
        await UntilAsync(() => Source.Openings.Count == 5);
        var connection = NewConnection();
        Source.Openings[4].SetResult(connection);
        Assert.Same(connection, await next);

        Source.Openings[0].SetResult(NewConnection());   // late
        await UntilAsync(() => Source.Idle == 1);
        Assert.False(Availability.IsDown);
    }

    [Fact]
    public async Task G12_A_source_that_cannot_begin_anew_is_up_again_all_the_same()
    {
        Source.BeginFailure = new FileNotFoundException("The certificate.");
        await MarkUnavailableAsync();
        Source.ProbeFailure = null;
        await PassUntilAsync(() => !Availability.IsDown);
        await Availability.WhenUpAsync(patient: true, Token);
        Assert.Equal(1, Source.Begun);
    }

    [Fact]
    public async Task G12_A_slow_opening_beside_what_works_is_waited_for()
    {
        StatementSucceeded = true;
        var slow = RentAsync();
        Time.Advance(TimeSpan.FromSeconds(10));
        await Task.Delay(20, Token);
        Time.Advance(TimeSpan.FromSeconds(4));
        Assert.Equal((false, false), (slow.IsCompleted, Availability.IsDown));
        Source.Openings[0].SetResult(NewConnection());
        await slow;
    }

    [Fact]
    public async Task G12_Its_return_is_noticed_by_the_next_probe_and_the_pool_is_filled_again()
    {
        var recovered = 0;
        Availability.Recovered = () => recovered++;
        await MarkUnavailableAsync();
        await PassUntilAsync(() => Source.Knocks >= 3);
        var patient = Availability.WhenUpAsync(patient: true, Token).AsTask();
        Assert.False(patient.IsCompleted);

        Source.ProbeFailure = null;
        await PassUntilAsync(() => patient.IsCompleted);

        await patient;
        Assert.Equal((1, null), (recovered, Availability.DownSince));
        var rented = RentAsync();
        Source.Openings[^1].SetResult(NewConnection());
        await rented;
    }

    [Fact]
    public async Task G12_A_server_that_answers_with_a_refusal_is_there_again()
    {
        await MarkUnavailableAsync();
        Source.ProbeFailure = DatabaseUnavailableException.ServerFull("far:1/db", new IOException("Too many clients."));
        await PassUntilAsync(() => !Availability.IsDown);
    }

    [Fact]
    public async Task G12_A_restart_fails_nobody_who_has_the_time_and_a_long_outage_is_told_at_once()
    {
        await MarkUnavailableAsync();
        var patient = Availability.WhenUpAsync(patient: true, Token).AsTask();
        var caller = Availability.WhenUpAsync(patient: false, Token).AsTask();
        Time.Advance(TimeSpan.FromSeconds(2.9));
        await Task.Delay(20, Token);
        Assert.False(caller.IsCompleted);
        Time.Advance(TimeSpan.FromSeconds(0.2));

        await Assert.ThrowsAsync<DatabaseUnavailableException>(() => caller);
        var late = Availability.WhenUpAsync(patient: false, Token);
        Assert.True(late.IsFaulted);
        await Assert.ThrowsAsync<DatabaseUnavailableException>(() => late.AsTask());
        Assert.False(patient.IsCompleted);
        Source.ProbeFailure = null;
        await PassUntilAsync(() => patient.IsCompleted);
        await patient;
    }

    [Fact]
    public async Task G12_Only_so_many_wait_for_a_database_that_is_down()
    {
        await MarkUnavailableAsync();
        var waiting = Enumerable.Range(0, 1_000).Select(_ => Availability.WhenUpAsync(patient: true, Token).AsTask()).ToList();
        await Assert.ThrowsAsync<DatabaseUnavailableException>(() => Availability.WhenUpAsync(patient: true, Token).AsTask());
        Source.ProbeFailure = null;
        await PassUntilAsync(() => waiting.TrueForAll(static one => one.IsCompletedSuccessfully));
    }

    [Fact]
    public async Task G16_Who_waits_for_a_database_that_is_down_is_let_go_when_the_engine_ends()
    {
        await MarkUnavailableAsync();
        var waiting = Availability.WhenUpAsync(patient: true, Token).AsTask();
        await Availability.DisposeAsync();
        await waiting.WaitAsync(TimeSpan.FromSeconds(5), Token);
    }

    private async Task MarkUnavailableAsync()
    {
        Source.ProbeFailure = RemoteSource.Down();
        var rented = RentAsync();
        Source.Openings[0].SetException(RemoteSource.Down());
        await Assert.ThrowsAsync<DatabaseUnavailableException>(() => rented);
    }
}
