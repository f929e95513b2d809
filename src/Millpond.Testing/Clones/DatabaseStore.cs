using System.Collections.Concurrent;

namespace Millpond.Testing.Clones;

/// <summary>Where databases for tests come from, and where they go to.</summary>
internal abstract class DatabaseStore : IAsyncDisposable
{
    private readonly ConcurrentDictionary<Task, byte> _background = new();

    /// <summary>Gets whether its databases would still be there when the process has ended.</summary>
    public abstract bool OutlivesProcess { get; }

    public abstract Task<OwnedDatabase> AcquireAsync(
        TestIsolation isolation, string test, CancellationToken cancellationToken);

    /// <summary>Gives a database that does not count among those of tests.</summary>
    public abstract Task<OwnedDatabase> AcquireExtraAsync(CancellationToken cancellationToken);

    /// <summary>Takes a database back and makes it ready for the next test, or drops it. May do so in the background.</summary>
    public abstract Task ReleaseAsync(OwnedDatabase database);

    /// <summary>Takes a database back and keeps it for people.</summary>
    /// <returns>How to open it.</returns>
    public abstract Task<string> KeepAsync(OwnedDatabase database);

    public abstract ValueTask DisposeAsync();

    /// <summary>Starts work that no test waits for.</summary>
    protected void Run(Func<Task> work)
    {
        var running = Task.Run(work);
        _background[running] = 0;
        _ = running.ContinueWith(ended => _background.TryRemove(ended, out _), TaskScheduler.Default);
    }

    /// <summary>Waits until nothing runs in the background.</summary>
    protected async Task EndBackgroundAsync()
    {
        while (!_background.IsEmpty)
        {
            await Task.WhenAll(_background.Keys).ConfigureAwait(false);   // a reset may be followed by a drop
            await Task.Yield();
        }
    }
}
