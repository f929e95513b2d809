using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Millpond.AspNetCore.LivePage.Json;

namespace Millpond.AspNetCore.LivePage;

/// <summary>Sends the numbers of all engines to all viewers, once a second. Without viewers it does nothing.</summary>
/// <remarks>Thread-safe. A snapshot is read at most once a second, whoever asks for it.</remarks>
internal sealed class LiveFeed(LiveReader reader, TimeProvider time)
{
    public const int MaxViewers = 16;

    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    private readonly Lock _reading = new();
    private readonly Lock _lock = new();
    private readonly HashSet<LiveViewer> _viewers = [];
    private ITimer? _timer;
    private bool _isEnded;
    private LiveSnapshot? _latest;
    private long _readAt;

    /// <summary>Returns the current numbers, at most a second old.</summary>
    public LiveSnapshot Read()
    {
        lock (_reading)
        {
            return _latest is { } latest && time.GetElapsedTime(_readAt) < Period ? latest : ReadNow();
        }
    }

    /// <summary>Adds a viewer.</summary>
    /// <param name="abort">Aborts its connection.</param>
    /// <returns>Null if there are too many.</returns>
    public LiveViewer? TryAdd(Action abort)
    {
        var viewer = new LiveViewer(time, abort);
        lock (_lock)
        {
            if (_viewers.Count >= MaxViewers)
            {
                return null;
            }

            _viewers.Add(viewer);
            if (_isEnded)
            {
                viewer.End();
            }
            else if (_timer is null)
            {
                using (ExecutionContext.SuppressFlow())
                {
                    _timer = time.CreateTimer(static feed => ((LiveFeed)feed!).Tick(), this, Period, Period);
                }
            }
        }

        return viewer;
    }

    public void Remove(LiveViewer viewer)
    {
        lock (_lock)
        {
            if (_viewers.Remove(viewer) && _viewers.Count == 0)
            {
                _timer?.Dispose();
                _timer = null;
            }
        }
    }

    /// <summary>Returns the events for a viewer: first one with all samples, then one a second.</summary>
    public async IAsyncEnumerable<SseItem<string>> WatchAsync(
        LiveViewer viewer, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        viewer.Send(First());
        while (await viewer.NextAsync(cancellationToken).ConfigureAwait(false) is { } json)
        {
            yield return new SseItem<string>(json) { ReconnectionInterval = Period };
        }
    }

    /// <summary>Ends all streams, so that they do not delay the host's shutdown.</summary>
    public void End()
    {
        lock (_lock)
        {
            _isEnded = true;
            foreach (var viewer in _viewers)
            {
                viewer.End();
            }
        }
    }

    private string First()
    {
        var snapshot = Read();
        lock (_reading)
        {
            return Serialize(new LiveMessage(snapshot, reader.ReadCharts()));
        }
    }

    private void Tick()
    {
        if (!_reading.TryEnter())
        {
            return;   // the last tick still runs
        }

        string json;
        try
        {
            json = Serialize(new LiveMessage(ReadNow(), reader.ReadNewSamples()));
        }
        catch (Exception)
        {
            return;   // for example of an engine that is being disposed: an exception here would end the process
        }
        finally
        {
            _reading.Exit();
        }

        LiveViewer[] viewers;
        lock (_lock)
        {
            viewers = [.. _viewers];
        }

        foreach (var viewer in viewers)
        {
            viewer.AbortIfStalled();
            viewer.Send(json);
        }
    }

    private LiveSnapshot ReadNow()
    {
        _readAt = time.GetTimestamp();
        return _latest = reader.Read();
    }

    private static string Serialize(LiveMessage message) => JsonSerializer.Serialize(message, LiveJson.Default.LiveMessage);
}
