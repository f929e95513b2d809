using Microsoft.Extensions.Time.Testing;
using Millpond.Supply;
using Xunit;

namespace Millpond.Tests.Supply;

/// <summary>What can cancel one operation, and when it takes effect.</summary>
public sealed class OperationCancellationTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly FakeTimeProvider _time = new();
    private readonly CancellationTokenSource _caller = new();
    private readonly CancellationTokenSource _request = new();
    private readonly CancellationTokenSource _sessionTime = new();
    private readonly CancelThrottle _throttle;
    private readonly OperationCancellation _remote;
    private readonly OperationCancellation _local = new(throttle: null);

    public OperationCancellationTests()
    {
        _throttle = new CancelThrottle(Patience, _time);
        _remote = new OperationCancellation(_throttle);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _remote.Dispose();
        _local.Dispose();
        _throttle.Dispose();
        _caller.Dispose();
        _request.Dispose();
        _sessionTime.Dispose();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void S07_A_wait_ends_immediately_when_the_caller_or_the_request_is_cancelled(bool byCaller)
    {
        _remote.Follow(_caller.Token, _request.Token);
        Assert.False(_remote.IsSpent);

        (byCaller ? _caller : _request).Cancel();

        Assert.True(_remote.Token.IsCancellationRequested);
        Assert.True(_remote.IsSpent);
        Assert.Equal(0, _throttle.Sent);   // the driver has nothing to cancel
    }

    [Fact]
    public void S07_An_operation_follows_the_tokens_that_it_began_with()
    {
        _remote.Follow(_caller.Token, CancellationToken.None);
        _remote.Follow(_request.Token, CancellationToken.None);

        _request.Cancel();
        Assert.False(_remote.Token.IsCancellationRequested);
        _caller.Cancel();
        Assert.True(_remote.Token.IsCancellationRequested);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task G14_A_running_command_is_cancelled_in_turn(bool fromTheStart)
    {
        _remote.Follow(_caller.Token, CancellationToken.None, atDriver: fromTheStart);
        if (!fromTheStart)
        {
            _remote.EnterDriver(CancellationToken.None);
        }

        await _caller.CancelAsync();

        await CanceledAsync(_remote.Token);
        Assert.Equal(1, _throttle.Sent);
        Assert.False(_remote.Released.IsCancellationRequested);
    }

    [Fact]
    public async Task S07_The_sessions_timeout_counts_from_the_driver_on()
    {
        using var later = new CancellationTokenSource();
        _remote.EnterDriver(_sessionTime.Token);   // nothing is under way
        await _sessionTime.CancelAsync();
        Assert.Equal((0, false), (_throttle.Sent, _remote.IsSpent));

        using var time = new CancellationTokenSource();
        _remote.Follow(_caller.Token, CancellationToken.None);
        _remote.EnterDriver(time.Token);
        _remote.EnterDriver(later.Token);
        await later.CancelAsync();
        Assert.Equal(0, _throttle.Sent);   // the first one counts
        await time.CancelAsync();
        await CanceledAsync(_remote.Token);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void S07_Without_a_throttle_a_cancellation_takes_effect_immediately(bool atDriver)
    {
        _local.Follow(_caller.Token, CancellationToken.None, atDriver);
        _caller.Cancel();
        Assert.True(_local.Token.IsCancellationRequested);
    }

    [Fact]
    public async Task S08_The_end_of_the_session_cancels_only_a_wait()
    {
        await _remote.CancelWaitAsync();
        Assert.False(_remote.Token.IsCancellationRequested);   // nothing is under way

        _remote.Follow(CancellationToken.None, CancellationToken.None);
        await _remote.CancelWaitAsync();
        Assert.True(_remote.Token.IsCancellationRequested);

        using var busy = new OperationCancellation(_throttle);
        busy.Follow(CancellationToken.None, CancellationToken.None, atDriver: true);
        await busy.CancelWaitAsync();
        Assert.False(busy.Token.IsCancellationRequested);
    }

    [Fact]
    public async Task S08_The_end_of_the_session_cancels_a_local_operation_because_it_may_wait_to_write()
    {
        await _local.CancelWaitAsync();
        Assert.False(_local.Token.IsCancellationRequested);

        _local.Follow(CancellationToken.None, CancellationToken.None, atDriver: true);
        await _local.CancelWaitAsync();
        Assert.True(_local.Token.IsCancellationRequested);
    }

    [Fact]
    public async Task S07_An_ended_operation_is_not_cancelled_and_the_next_one_follows_its_own_tokens()
    {
        _remote.Follow(_caller.Token, _request.Token);
        _remote.EnterDriver(_sessionTime.Token);
        _remote.End();
        _remote.End();
        await _caller.CancelAsync();
        await _request.CancelAsync();
        await _sessionTime.CancelAsync();
        Assert.Equal((0, false, false), (_throttle.Sent, _remote.IsSpent, _remote.Token.IsCancellationRequested));

        using var next = new CancellationTokenSource();
        _remote.Follow(next.Token, CancellationToken.None);
        _remote.EnterDriver(CancellationToken.None);
        await next.CancelAsync();
        await CanceledAsync(_remote.Token);
        _remote.End();
        Assert.True(_remote.IsSpent);
    }

    [Fact]
    public async Task S07_Tokens_of_an_ended_operation_do_not_affect_the_next_one()
    {
        _remote.Follow(_caller.Token, _request.Token);
        _remote.EnterDriver(_sessionTime.Token);
        _remote.End();
        _remote.Follow(CancellationToken.None, CancellationToken.None);

        await _caller.CancelAsync();
        await _request.CancelAsync();
        await _sessionTime.CancelAsync();

        Assert.False(_remote.Token.IsCancellationRequested);
    }

    [Fact]
    public async Task G14_A_cancellation_whose_turn_comes_too_late_is_dropped_and_the_object_is_not_reused()
    {
        var turns = Enumerable.Range(0, 4).Select(_ => new TaskCompletionSource()).ToList();
        turns.ForEach(turn => _ = _throttle.RunAsync(static () => true, () => turn.Task));
        _remote.Follow(_caller.Token, CancellationToken.None, atDriver: true);
        await _caller.CancelAsync();
        _remote.End();
        turns.ForEach(static turn => turn.SetResult());

        await _throttle.RunAsync(static () => true, static () => Task.CompletedTask).WaitAsync(Token);

        Assert.Equal((5, false), (_throttle.Sent, _remote.Token.IsCancellationRequested));
        Assert.True(_remote.IsSpent);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task S07_A_driver_that_ignores_its_cancellation_is_awaited_no_longer_than_a_clean_up(bool ends)
    {
        _remote.Follow(_caller.Token, CancellationToken.None, atDriver: true);
        await _caller.CancelAsync();
        await CanceledAsync(_remote.Token);
        _time.Advance(Patience - TimeSpan.FromMilliseconds(1));
        Assert.False(_remote.Released.IsCancellationRequested);
        if (ends)
        {
            _remote.End();
        }

        _time.Advance(TimeSpan.FromMilliseconds(1));

        if (ends)
        {
            Assert.False(_remote.Released.IsCancellationRequested);
        }
        else
        {
            await CanceledAsync(_remote.Released);
        }
    }

    [Fact]
    public async Task S07_A_cancellation_object_whose_caller_was_released_is_not_reused()
    {
        await _remote.ReleaseAsync();
        Assert.True(_remote.Released.IsCancellationRequested);
        Assert.True(_remote.IsSpent);
    }

    [Fact]
    public void Disposal_disposes_both_sources()
    {
        var one = new OperationCancellation(_throttle);
        one.Dispose();
        Assert.Throws<ObjectDisposedException>(() => one.Token);
        Assert.Throws<ObjectDisposedException>(() => one.Released);
    }

    private static async Task CanceledAsync(CancellationToken token)
    {
        var canceled = new TaskCompletionSource();
        await using (token.Register(canceled.SetResult))
        {
            await canceled.Task.WaitAsync(TimeSpan.FromSeconds(30), Token);
        }
    }
}
