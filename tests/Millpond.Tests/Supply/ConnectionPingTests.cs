using Millpond.Supply;
using Xunit;

namespace Millpond.Tests.Supply;

/// <summary>Connections that may have died while they were idle, and openings that are not answered.</summary>
public sealed class ConnectionPingTests : SupplyTestBase
{
    [Fact]
    public async Task S19_A_recently_used_connection_is_taken_without_a_ping()
    {
        var connection = await IdleAsync();
        Time.Advance(TimeSpan.FromSeconds(0.5));

        Assert.True(Supply.TryRent(out var rented));

        Assert.Same(connection, rented);
        Assert.Equal(0, connection.Pings);
    }

    [Fact]
    public async Task S19_A_connection_that_was_idle_for_long_is_pinged_first()
    {
        var connection = await IdleAsync();
        var ping = new TaskCompletionSource();
        connection.Answer = ping.Task;
        Time.Advance(TimeSpan.FromSeconds(0.6));

        var renting = RentAsync();

        Assert.Equal((1, false), (connection.Pings, renting.IsCompleted));
        ping.SetResult();
        Assert.Same(connection, await renting);
        Assert.Single(Source.Openings);   // its own
    }

    [Fact]
    public async Task S19_After_a_dead_connection_the_next_one_is_pinged_even_if_recently_used()
    {
        var losses = 0;
        Supply.Lost = () => losses++;
        var (fresh, dead) = (await OpenAsync(), await OpenAsync());
        await Supply.ReturnAsync(fresh);
        await Supply.ReturnAsync(dead);
        dead.Answer = Task.FromException(new IOException("It is gone."));
        Time.Advance(TimeSpan.FromSeconds(0.6));
        fresh.NoteReturn();   // it was used a moment ago

        Assert.Same(fresh, await RentAsync());

        Assert.Equal((1, 1, 1), (dead.Pings, fresh.Pings, losses));
        Assert.Equal((0, 2), (Source.Idle, Source.Openings.Count));
    }

    [Fact]
    public async Task S19_After_a_loss_an_idle_connection_is_pinged_once()
    {
        var connection = await IdleAsync();
        Supply.NoteLost();

        Assert.Same(connection, await RentAsync());
        Time.Advance(TimeSpan.FromMilliseconds(1));
        await Supply.ReturnAsync(connection);
        Assert.Same(connection, await RentAsync());

        Assert.Equal(1, connection.Pings);
    }

    [Fact]
    public async Task S19_An_unanswered_ping_costs_two_seconds_and_the_connection()
    {
        var connection = await IdleAsync();
        connection.Answer = new TaskCompletionSource().Task;
        Time.Advance(TimeSpan.FromSeconds(1));
        var renting = RentAsync();
        Time.Advance(TimeSpan.FromSeconds(1.9));
        Assert.Single(Source.Openings);

        Time.Advance(TimeSpan.FromSeconds(0.2));

        await UntilAsync(() => Source.Openings.Count == 2);
        Assert.True(connection.IsAbandoned);
        var opened = NewConnection();
        Source.Openings[1].SetResult(opened);
        Assert.Same(opened, await renting);
    }

    [Fact]
    public async Task S19_A_connection_whose_caller_left_during_the_ping_serves_the_next()
    {
        var connection = await IdleAsync();
        var ping = new TaskCompletionSource();
        connection.Answer = ping.Task;
        Time.Advance(TimeSpan.FromSeconds(1));
        using var patience = new CancellationTokenSource();
        var first = RentUntilAsync(patience.Token);
        await patience.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        var second = RentAsync();

        ping.SetResult();

        Assert.Same(connection, await second);
        Assert.Single(Source.Openings);
    }

    [Fact]
    public async Task S19_A_caller_causes_one_ping_and_not_two()
    {
        FarConnection[] idle = [await OpenAsync(), await OpenAsync()];
        foreach (var connection in idle)
        {
            await Supply.ReturnAsync(connection);
        }

        var answer = new TaskCompletionSource();
        idle[0].Answer = idle[1].Answer = answer.Task;
        Time.Advance(TimeSpan.FromSeconds(1));
        var renting = RentAsync();

        Assert.Equal((1, 1), (idle.Sum(static connection => connection.Pings), Source.Idle));
        answer.SetResult();
        await renting;
    }

    [Fact]
    public async Task S19_Pings_do_not_wait_for_unanswered_openings()
    {
        FarConnection[] idle = [await OpenAsync(), await OpenAsync()];
        using var patience = new CancellationTokenSource();
        var hanging = Enumerable.Range(0, 4).Select(_ => RentUntilAsync(patience.Token)).ToList();
        await patience.CancelAsync();
        foreach (var caller in hanging)
        {
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => caller);
        }

        foreach (var connection in idle)
        {
            await Supply.ReturnAsync(connection);
            connection.Used = Time.GetTimestamp() - Time.TimestampFrequency;   // a second ago
        }

        Assert.Equal(2, (await Task.WhenAll(RentAsync(), RentAsync())).Distinct().Count());
        Assert.Equal((1, 1, 6), (idle[0].Pings, idle[1].Pings, Source.Openings.Count));
    }

    [Fact]
    public async Task G10_Callers_do_not_wait_for_an_unanswered_opening_while_others_succeed()
    {
        using var patience = new CancellationTokenSource();
        var gone = RentUntilAsync(patience.Token);
        await patience.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => gone);
        Availability.NoteSuccess();   // a neighbour's
        var waiting = RentAsync();
        Assert.Single(Source.Openings);   // the one that hangs

        Time.Advance(TimeSpan.FromSeconds(1));

        await UntilAsync(() => Source.Openings.Count == 2);
        var opened = NewConnection();
        Source.Openings[1].SetResult(opened);
        Assert.Same(opened, await waiting);
    }

    [Fact]
    public async Task G10_The_failure_of_an_unanswered_opening_fails_no_caller()
    {
        var first = RentAsync();
        Availability.NoteSuccess();
        Time.Advance(TimeSpan.FromSeconds(1));
        await UntilAsync(() => Source.Openings.Count == 2);

        Source.Openings[0].SetException(RemoteSource.Down());
        await UntilAsync(() => Source.Openings[0].Task.IsFaulted);
        Source.Openings[1].SetResult(NewConnection());
        await first;

        Assert.False(Availability.IsDown);
        Assert.Null(Supply.StopDuring(0));
    }

    [Fact]
    public async Task G10_A_slow_opening_is_waited_for_while_nothing_else_succeeds()
    {
        var waiting = RentAsync();
        Time.Advance(TimeSpan.FromSeconds(1));
        Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Single(Source.Openings);
        Source.Openings[0].SetResult(NewConnection());
        await waiting;
    }

    [Fact]
    public async Task G10_At_most_four_unanswered_openings_are_replaced_by_others()
    {
        StatementSucceeded = true;
        var waiting = Enumerable.Range(0, 20).Select(_ => RentAsync()).ToList();
        Assert.Equal(4, Source.Openings.Count);
        await UntilAsync(() =>
        {
            Time.Advance(TimeSpan.FromMilliseconds(100));   // an opening may set its timer a moment after the first of these
            return Source.Openings.Count == 8;
        });
        for (var second = 0; second < 3; second++)
        {
            Time.Advance(TimeSpan.FromSeconds(1));
            await Task.Delay(10, Token);
        }

        Assert.Equal(8, Source.Openings.Count);
        foreach (var opening in Source.Openings.ToArray())
        {
            opening.SetResult(NewConnection());
        }

        await UntilAsync(() => waiting.Count(static one => one.IsCompletedSuccessfully) >= 8);
    }

    private async Task<FarConnection> OpenAsync()
    {
        var connection = NewConnection();
        var rented = RentAsync();
        Source.Openings[^1].SetResult(connection);
        await rented;
        return connection;
    }

    private async Task<FarConnection> IdleAsync()
    {
        var connection = await OpenAsync();
        await Supply.ReturnAsync(connection);
        return connection;
    }
}
