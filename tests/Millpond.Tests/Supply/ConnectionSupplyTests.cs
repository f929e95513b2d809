using Millpond.Providers;
using Millpond.Supply;
using Xunit;

#pragma warning disable MILLSEAM // a provider of the test's own

namespace Millpond.Tests.Supply;

/// <summary>Openings that belong to nobody (G10).</summary>
public sealed class ConnectionSupplyTests : SupplyTestBase
{
    [Fact]
    public async Task G10_An_opening_outlives_its_caller_and_serves_the_next()
    {
        using var patience = new CancellationTokenSource();
        var first = RentUntilAsync(patience.Token);
        await patience.CancelAsync();
        var left = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        Assert.Equal(patience.Token, left.CancellationToken);
        var second = RentAsync();

        var connection = NewConnection();
        Assert.Single(Source.Openings).SetResult(connection);

        Assert.Same(connection, await second);
    }

    [Fact]
    public async Task G10_An_opening_without_waiting_callers_fills_the_pool()
    {
        using var patience = new CancellationTokenSource();
        var rented = RentUntilAsync(patience.Token);
        await patience.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => rented);

        Source.Openings[0].SetResult(NewConnection());
        await UntilAsync(() => Supply.TryRent(out _));

        Assert.Single(Source.Openings);
    }

    [Fact]
    public async Task G10_Four_openings_run_at_a_time_and_callers_are_served_in_order()
    {
        var callers = Enumerable.Range(0, 10).Select(_ => RentAsync()).ToList();
        Assert.Equal(4, Source.Openings.Count);
        for (var i = 0; i < callers.Count; i++)
        {
            Assert.False(callers[i].IsCompleted);
            Source.Openings[i].SetResult(NewConnection());
            await callers[i].WaitAsync(TimeSpan.FromSeconds(5), Token);
            var begun = Math.Min(10, i + 5);
            await UntilAsync(() => Source.Openings.Count == begun);
        }
    }

    [Fact]
    public async Task G10_A_returned_connection_serves_a_caller_that_waits_for_an_opening()
    {
        var first = RentAsync();
        Source.Openings[0].SetResult(NewConnection());
        var connection = await first;
        var waiting = RentAsync();
        Assert.Equal(2, Source.Openings.Count);

        await Supply.ReturnAsync(connection);

        Assert.Same(connection, await waiting);
        var late = NewConnection();
        Source.Openings[1].SetResult(late);   // nobody needs it now
        await UntilAsync(() => Source.Idle == 1);
        Assert.Same(late, await RentAsync());
    }

    [Fact]
    public async Task G10_An_idle_connection_is_taken_immediately_while_others_are_opened()
    {
        var first = RentAsync();
        Source.Openings[0].SetResult(NewConnection());
        var connection = await first;
        var opening = RentAsync();
        await Supply.ReturnAsync(connection);
        await opening;
        await Supply.ReturnAsync(connection);

        Assert.True(Supply.TryRent(out _));
    }

    [Fact]
    public async Task G10_Taking_an_idle_connection_does_not_allocate()
    {
        var connection = await OpenOneAsync();
        Source.Flow.Value = "a request's";
        Assert.Equal(0, Enumerable.Range(0, 10).Select(_ => TakeAndReturn()).Last());   // the first may compile

        long TakeAndReturn()
        {
            Assert.True(Supply.ReturnAsync(connection).IsCompletedSuccessfully);
            var before = GC.GetAllocatedBytesForCurrentThread();
            Assert.True(Supply.TryRent(out _));
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }
    }

    [Fact]
    public async Task G10_The_callers_execution_context_does_not_flow_into_an_opening()
    {
        Source.Flow.Value = "a request's";
        var rented = RentAsync();
        Assert.Equal("a request's", Source.Flow.Value);   // its own is as it was
        Source.Flow.Value = null;
        Source.Openings[0].SetResult(NewConnection());
        await rented;
        Assert.Equal([null], Source.Flows);
    }

    [Fact]
    public async Task G10_An_opening_that_takes_too_long_ends_and_its_late_connection_is_kept()
    {
        var rented = RentAsync();

        Assert.InRange(await PassUntilAsync(() => rented.IsCompleted), TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(4));

        var error = await Assert.ThrowsAsync<DatabaseUnavailableException>(() => rented);
        Assert.True(error.IsDown);   // nothing else works either
        Source.Openings[0].SetResult(NewConnection());
        await UntilAsync(() => Source.Idle == 1);
    }

    [Fact]
    public async Task G12_After_a_failed_opening_the_caller_waits_for_a_working_connection()
    {
        var connection = await OpenOneAsync();
        StatementSucceeded = true;
        var began = Time.GetTimestamp();
        var waiting = RentAsync();
        Source.Openings[1].SetException(RemoteSource.Down());
        await UntilAsync(() => Supply.StopDuring(began) is not null);
        var next = RentAsync();
        Assert.False(waiting.IsCompleted);
        Assert.Equal((2, false), (Source.Openings.Count, Availability.IsDown));   // and opens none for the next one

        await Supply.ReturnAsync(connection);

        Assert.Same(connection, await waiting);
        Assert.False(next.IsCompleted);
        Time.Advance(TimeSpan.FromSeconds(1.1));   // it may have room again
        Assert.Equal(3, Source.Openings.Count);
        Source.Openings[2].SetResult(NewConnection());
        await next;
        Assert.NotNull(Supply.StopDuring(began));   // whose wait had begun before is told why it took so long
        Assert.Null(Supply.StopDuring(Time.GetTimestamp()));
    }

    [Fact]
    public async Task G12_If_no_working_connection_is_left_the_next_opening_decides()
    {
        var rented = RentAsync();
        Availability.NoteSuccess();   // another connection's last commit, a moment before the crash
        Source.Openings[0].SetException(RemoteSource.Down());

        await UntilAsync(() => Source.Openings.Count == 2);
        Assert.Equal((false, false), (rented.IsCompleted, Availability.IsDown));
        Time.Advance(TimeSpan.FromMilliseconds(1));
        Source.Openings[1].SetResult(NewConnection());
        await rented;
    }

    [Fact]
    public async Task G12_A_full_server_is_not_down_and_callers_without_a_connection_to_wait_for_get_the_error()
    {
        var full = DatabaseUnavailableException.ServerFull("far:1/db", new IOException("Too many clients."));
        var rented = RentAsync();
        Source.Openings[0].SetException(full);
        Assert.Same(full, await Assert.ThrowsAsync<DatabaseUnavailableException>(() => rented));
        Assert.False(Availability.IsDown);
    }

    [Fact]
    public async Task G12_A_caller_refused_while_another_opening_runs_waits_for_that_one()
    {
        var full = DatabaseUnavailableException.ServerFull("far:1/db", new IOException("Too many clients."));
        var first = RentAsync();
        var second = RentAsync();
        Source.Openings[1].SetException(full);
        await UntilAsync(() => Source.Openings.Count == 3);
        Assert.False(first.IsCompleted || second.IsCompleted);

        var connection = NewConnection();
        Source.Openings[0].SetResult(connection);
        Assert.Same(connection, await first);
        Source.Openings[2].SetException(full);
        await UntilAsync(() => Supply.StopDuring(0) is not null);
        await Supply.ReturnAsync(connection);
        Assert.Same(connection, await second);
    }

    [Fact]
    public async Task G11_Filling_the_pool_does_not_wait_for_connections_in_use()
    {
        await OpenOneAsync();
        StatementSucceeded = true;
        var filling = GrowAsync();
        Source.Openings[1].SetException(RemoteSource.Down());
        await Assert.ThrowsAsync<DatabaseUnavailableException>(() => filling);
        await Assert.ThrowsAsync<DatabaseUnavailableException>(() => GrowAsync());
        Assert.Equal(2, Source.Openings.Count);
    }

    [Fact]
    public async Task G12_An_idle_connection_that_answers_shows_that_the_database_is_up()
    {
        var connection = await OpenOneAsync();
        await Supply.ReturnAsync(connection);
        var idle = await RentAsync();
        var waiting = RentAsync();
        var other = RentAsync();
        Source.Openings[1].SetResult(NewConnection());
        var back = await waiting;
        await Supply.ReturnAsync(idle);
        await other;
        await Supply.ReturnAsync(back);
        Assert.Equal(1, Source.Idle);

        Source.Openings[2].SetException(RemoteSource.Down());

        await UntilAsync(() => Supply.StopDuring(0) is not null || Source.Idle == 0 || Availability.IsDown);
        Assert.False(Availability.IsDown);
    }

    private async Task<ProviderConnection> OpenOneAsync()
    {
        var rented = RentAsync();
        Source.Openings[0].SetResult(NewConnection());
        return await rented;
    }
}
