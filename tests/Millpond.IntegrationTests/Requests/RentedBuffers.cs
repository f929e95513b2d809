using System.Collections.Concurrent;
using System.Diagnostics.Tracing;

namespace Millpond.IntegrationTests.Requests;

/// <summary>Records the sizes of the buffers that one asynchronous flow rents from the shared array pool.</summary>
public sealed class RentedBuffers : EventListener
{
    private readonly AsyncLocal<bool> _isFollowed = new();
    private readonly ConcurrentQueue<int> _sizes = new();

    public IReadOnlyCollection<int> Sizes => _sizes;

    /// <summary>Records what the calling flow rents from here on.</summary>
    public void Follow() => _isFollowed.Value = true;

    protected override void OnEventSourceCreated(EventSource eventSource)
    {
        if (eventSource.Name == "System.Buffers.ArrayPoolEventSource")
        {
            EnableEvents(eventSource, EventLevel.Verbose);
        }
    }

    protected override void OnEventWritten(EventWrittenEventArgs eventData)
    {
        // The base class enables events before this class's fields are set.
        if (eventData.EventName == "BufferRented" && _isFollowed is { Value: true } && eventData.Payload is { } payload)
        {
            _sizes.Enqueue((int)payload[1]!);
        }
    }
}
