using Millpond.Leasing;
using Xunit;

namespace Millpond.Tests.Sessions;

/// <summary>How a session gets its permits and its connection, and what it gives back where it gets only some of them.</summary>
public sealed class LeaseAcquisitionTests : VirtualTimeTestBase
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);
    private static readonly CancellationToken Canceled = new(canceled: true);

    [Fact]
    public async Task G10_With_free_permits_and_connections_a_lease_completes_synchronously()
    {
        Provider.HasIdle = static () => true;
        var engine = Engine(1, Limit);
        await using var session = engine.OpenSession();
        var acquiring = AcquireAsync(session, writer: false);
        Assert.True(acquiring.IsCompletedSuccessfully);
        Assert.Equal(0, session.Services.Acquisition.Arriving);
        await (await acquiring).EndAsync(isRead: true);
        NothingHeld(engine);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task S07_No_connection_is_taken_for_a_caller_that_has_left(bool hasIdle)
    {
        Provider.HasIdle = () => hasIdle;
        var engine = Engine(1, Limit);
        await using var session = engine.OpenSession();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => AcquireAsync(session, writer: false, Canceled).AsTask());
        Assert.Equal(0, session.Services.Acquisition.Arriving);
        Assert.Equal(0, Provider.Rented);
        NothingHeld(engine);
    }

    [Fact]
    public async Task S08_A_provider_that_throws_leaks_no_permit()
    {
        Provider.HasSingleWriter = true;
        Provider.HasIdle = static () => throw new InvalidTimeZoneException("thrown by the provider");
        var engine = Engine(1, Limit);
        await using var session = engine.OpenSession();
        for (var round = 0; round < 2; round++)
        {
            await Assert.ThrowsAsync<InvalidTimeZoneException>(async () => await AcquireAsync(session, writer: true));
            Assert.Equal(0, session.Services.Acquisition.Arriving);
        }

        NothingHeld(engine);
    }

    [Fact]
    public async Task S15_A_second_writer_waits_without_a_connection_and_readers_pass_it()
    {
        (Provider.HasSingleWriter, Provider.HasIdle) = (true, static () => true);
        var engine = Engine(2, Limit);
        await using var session = engine.OpenSession();
        var first = await AcquireAsync(session, writer: true);
        var second = AcquireAsync(session, writer: true);
        Assert.False(second.IsCompleted);
        Assert.Equal(1, Provider.Rented);

        var reader = AcquireAsync(session, writer: false);
        Assert.True(reader.IsCompletedSuccessfully);
        await (await reader).EndAsync(isRead: true);

        await first.EndAsync(isRead: false);
        await (await second).EndAsync(isRead: false);
        NothingHeld(engine);
    }

    [Fact]
    public async Task S15_A_writer_without_a_free_connection_keeps_its_turn_to_write()
    {
        (Provider.HasSingleWriter, Provider.HasIdle) = (true, static () => true);
        var engine = Engine(1, Limit);
        await using var session = engine.OpenSession();
        var reader = await AcquireAsync(session, writer: false);
        var writer = AcquireAsync(session, writer: true);
        var next = AcquireAsync(session, writer: true);
        await reader.EndAsync(isRead: true);
        var lease = await writer;
        Assert.False(next.IsCompleted);
        await lease.EndAsync(isRead: false);
        await (await next).EndAsync(isRead: false);
        NothingHeld(engine);
    }

    [Fact]
    public async Task S07_A_caller_that_leaves_during_an_opening_gets_its_own_cancellation()
    {
        var opening = new TaskCompletionSource();
        Provider.OpenAsync = token => opening.Task.WaitAsync(token);
        var engine = Engine(1, Limit);
        await using var session = engine.OpenSession();
        using var caller = new CancellationTokenSource();
        var acquiring = AcquireAsync(session, writer: false, caller.Token).AsTask();
        await caller.CancelAsync();
        var error = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => acquiring);
        Assert.Equal(caller.Token, error.CancellationToken);
        NothingHeld(engine);
    }

    [Fact]
    public async Task G12_An_opening_that_takes_all_of_the_time_is_reported_with_the_time()
    {
        Provider.OpenAsync = static token => Task.Delay(Timeout.Infinite, token);
        var engine = Engine(1, Limit);
        await using var session = engine.OpenSession();
        var acquiring = AcquireAsync(session, writer: false).AsTask();
        Time.Advance(Limit);
        var error = await Assert.ThrowsAsync<DatabaseUnavailableException>(() => acquiring);
        Assert.Contains(" 5 s", error.Message, StringComparison.Ordinal);
        NothingHeld(engine);
    }

    [Fact]
    public async Task G12_Half_of_the_time_in_the_queue_leaves_the_other_half_to_the_server()
    {
        var engine = Engine(1, Limit);
        await using var session = engine.OpenSession();
        var first = await AcquireAsync(session, writer: false);
        var opening = new TaskCompletionSource();
        Provider.OpenAsync = token =>
        {
            opening.SetResult();
            return Task.Delay(Timeout.Infinite, token);
        };
        var acquiring = AcquireAsync(session, writer: false).AsTask();
        Time.Advance(TimeSpan.FromSeconds(2));
        await first.EndAsync(isRead: true);
        await opening.Task;
        Time.Advance(TimeSpan.FromSeconds(3));
        var error = await Assert.ThrowsAsync<DatabaseUnavailableException>(() => acquiring);
        Assert.Contains(" 3 s", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task G12_A_timeout_mostly_in_the_queue_is_reported_as_the_pools()
    {
        var engine = Engine(1, Limit);
        await using var session = engine.OpenSession();
        var first = await AcquireAsync(session, writer: false);
        var opening = new TaskCompletionSource();
        Provider.OpenAsync = token =>
        {
            opening.SetResult();
            return Task.Delay(Timeout.Infinite, token);
        };
        var acquiring = AcquireAsync(session, writer: false).AsTask();
        Time.Advance(TimeSpan.FromSeconds(3));
        await first.EndAsync(isRead: true);
        await opening.Task;
        Time.Advance(TimeSpan.FromSeconds(2));
        await Assert.ThrowsAsync<PoolTimeoutException>(() => acquiring);
    }

    [Fact]
    public async Task S14_A_cancelled_nested_session_is_cancelled_and_not_rejected()
    {
        var engine = Engine(1, Limit);
        await engine.RunAsync(
            async (outer, _) =>
            {
                await RunAsync(outer);
                await using var inner = engine.OpenSession();
                await Assert.ThrowsAnyAsync<OperationCanceledException>(
                    () => AcquireAsync(inner, writer: false, Canceled).AsTask());
                await Assert.ThrowsAsync<NestedSessionException>(() => AcquireAsync(inner, writer: false).AsTask());
            },
            Token);
    }

    [Fact]
    public async Task G16_During_a_drain_sessions_get_the_shutdown_error_even_if_the_database_is_down()
    {
        var engine = Engine(1, Limit);
        await using var session = engine.OpenSession();
        session.Services.Availability.MarkUnavailable(FakeProvider.Full());
        await engine.DrainAsync(TimeSpan.Zero, Token);
        var error = await Assert.ThrowsAsync<SessionRejectedException>(() => AcquireAsync(session, writer: false).AsTask());
        Assert.Contains("shut", error.Message, StringComparison.Ordinal);
    }

    private static ValueTask<SessionLease> AcquireAsync(
        DbSession session, bool writer, CancellationToken? caller = null) =>
        session.Services.Acquisition.AcquireAsync(session.Unit, writer, caller ?? CancellationToken.None);
}
