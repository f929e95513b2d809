using Millpond.Supply;
using Xunit;

#pragma warning disable MILLSEAM // a provider of the test's own

namespace Millpond.Tests.Supply;

/// <summary>A database that is down, and its return (G12).</summary>
public sealed class AvailabilityTests : SupplyTestBase
{
    [Fact]
    public async Task G12_If_nothing_works_all_callers_get_an_error_and_one_probe_runs()
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
    public async Task G12_Probes_run_immediately_and_then_at_least_every_two_seconds()
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
    public async Task G12_Unanswered_openings_mean_down_and_do_not_delay_the_recovery()
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
    public async Task G12_A_source_that_cannot_reset_its_pool_becomes_available_anyway()
    {
        Source.BeginFailure = new FileNotFoundException("The certificate.");
        await MarkUnavailableAsync();
        Source.ProbeFailure = null;
        await PassUntilAsync(() => !Availability.IsDown);
        await Availability.WhenUpAsync(patient: true, Token);
        Assert.Equal(1, Source.Begun);
    }

    [Fact]
    public async Task G12_A_slow_opening_beside_working_connections_is_waited_for()
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
    public async Task G12_The_next_probe_notices_the_recovery_and_the_pool_is_filled_again()
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
    public async Task G12_A_server_that_answers_with_a_rejection_is_up()
    {
        await MarkUnavailableAsync();
        Source.ProbeFailure = DatabaseUnavailableException.ServerFull("far:1/db", new IOException("Too many clients."));
        await PassUntilAsync(() => !Availability.IsDown);
    }

    [Fact]
    public async Task G12_A_restart_fails_no_caller_with_time_left_and_a_long_outage_is_reported_immediately()
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
    public async Task G12_The_number_of_callers_that_wait_for_a_recovery_is_limited()
    {
        await MarkUnavailableAsync();
        var waiting = Enumerable.Range(0, 1_000).Select(_ => Availability.WhenUpAsync(patient: true, Token).AsTask()).ToList();
        await Assert.ThrowsAsync<DatabaseUnavailableException>(() => Availability.WhenUpAsync(patient: true, Token).AsTask());
        Source.ProbeFailure = null;
        await PassUntilAsync(() => waiting.TrueForAll(static one => one.IsCompletedSuccessfully));
    }

    [Fact]
    public async Task G16_Callers_that_wait_for_a_recovery_are_released_at_the_shutdown()
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
