namespace Millpond.Supply;

/// <summary>A token that the driver gets in the place of the caller's; see <see cref="CancelGovernor"/>.</summary>
/// <remarks>States: <i>following</i> while its command runs; <i>due</i> when the caller's was cancelled; <i>sending</i> when it
/// is its turn; <i>ended</i> when the command is over, whichever of the others it was. Only one that was never sent is used
/// again.</remarks>
internal sealed class GovernedToken(CancelGovernor governor) : IDisposable
{
    private const int Following = 0, Due = 1, Sending = 2, Ended = 3;

    private readonly CancellationTokenSource _source = new();
    private CancellationTokenRegistration _link;
    private CancellationTokenSource? _letGo;
    private int _state;

    public CancellationToken Token => _source.Token;

    public bool IsDue => Volatile.Read(ref _state) is Due or Sending;

    public void Follow(CancellationTokenSource letGo, CancellationToken caller)
    {
        _letGo = letGo;
        Volatile.Write(ref _state, Following);
        _link = caller.UnsafeRegister(static governed => ((GovernedToken)governed!).OnCancelled(), this);
    }

    /// <summary>The command is over.</summary>
    public void End()
    {
        _link.Dispose();   // waits for a callback that runs: it only queues
        var before = Interlocked.Exchange(ref _state, Ended);
        if (before == Following)
        {
            _letGo = null;
            governor.Reuse(this);
        }
    }

    public void Dispose() => _source.Dispose();

    private void OnCancelled()
    {
        if (Interlocked.CompareExchange(ref _state, Due, Following) == Following)
        {
            _ = LetGoLaterAsync(_letGo!);
            _ = governor.RunAsync(
                () => Interlocked.CompareExchange(ref _state, Sending, Due) == Due,
                () => Task.Factory.StartNew(
                    static source => ((CancellationTokenSource)source!).Cancel(),
                    _source,
                    CancellationToken.None,
                    TaskCreationOptions.LongRunning,
                    TaskScheduler.Default));
        }
    }

    private async Task LetGoLaterAsync(CancellationTokenSource letGo)
    {
        await Task.Delay(governor.Patience, governor.Time).ConfigureAwait(false);
        if (Volatile.Read(ref _state) != Ended)   // which it then stays: one that was cancelled is not used again
        {
            await letGo.CancelAsync().ConfigureAwait(false);
        }
    }
}
