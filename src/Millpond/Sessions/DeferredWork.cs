using System.Collections.Concurrent;

namespace Millpond.Sessions;

/// <summary>
/// What a synchronous Dispose left to do: it must not block, so it is done in front of the session's next operation.
/// </summary>
/// <remarks>
/// What fails stays and fails again: a savepoint that should have been rolled back must not be committed instead. Adding is
/// thread-safe.
/// </remarks>
internal sealed class DeferredWork
{
    private readonly ConcurrentQueue<Func<ValueTask>> _work = new();
    private bool _running;

    public void Add(Func<ValueTask> work) => _work.Enqueue(work);

    public void Clear() => _work.Clear();

    public async ValueTask RunAsync()
    {
        if (_work.IsEmpty || _running)   // the work itself comes by here again
        {
            return;
        }

        _running = true;
        try
        {
            while (_work.TryPeek(out var work))
            {
                await work().ConfigureAwait(false);
                _work.TryDequeue(out _);
            }
        }
        finally
        {
            _running = false;
        }
    }
}
