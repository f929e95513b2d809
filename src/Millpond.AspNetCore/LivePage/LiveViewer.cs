using System.Threading.Channels;

namespace Millpond.AspNetCore.LivePage;

/// <summary>A browser that watches the live page.</summary>
/// <remarks>It keeps a few events for a slow one, and then only the newest. Thread-safe.</remarks>
internal sealed class LiveViewer(TimeProvider time, Action abort)
{
    private static readonly TimeSpan MaxStall = TimeSpan.FromSeconds(10);

    private readonly Channel<string> _events = Channel.CreateBounded<string>(
        new BoundedChannelOptions(4) { FullMode = BoundedChannelFullMode.DropOldest });

    private long _writingSince;

    public void Send(string json) => _events.Writer.TryWrite(json);

    public void End() => _events.Writer.TryComplete();

    /// <summary>Aborts its connection if it has not taken an event for too long.</summary>
    public void AbortIfStalled()
    {
        if (Volatile.Read(ref _writingSince) is not 0 and var since && time.GetElapsedTime(since) > MaxStall)
        {
            abort();
        }
    }

    /// <summary>Waits for the next event. The previous one has been written by then.</summary>
    /// <returns>The event; null at the end or when the viewer has left.</returns>
    public async ValueTask<string?> NextAsync(CancellationToken cancellationToken)
    {
        Volatile.Write(ref _writingSince, 0);
        try
        {
            var json = await _events.Reader.ReadAsync(cancellationToken).ConfigureAwait(false);
            Volatile.Write(ref _writingSince, Math.Max(1, time.GetTimestamp()));
            return json;
        }
        catch (Exception error) when (error is ChannelClosedException or OperationCanceledException)
        {
            return null;
        }
    }
}
