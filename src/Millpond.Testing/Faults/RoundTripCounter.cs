namespace Millpond.Testing.Faults;

/// <summary>Counts the round trips of a connection: how often the client sends after the server has responded.</summary>
/// <remarks>Everything that the client sends before it waits counts as one trip, however the network splits it: a trip
/// continues while a message is incomplete or no response was requested. Thread-safe, because two tasks read the two
/// directions.</remarks>
internal sealed class RoundTripCounter
{
    private const char Terminate = 'X';

    private readonly Lock _lock = new();
    private bool _started;
    private bool _flying;
    private bool _answered = true;

    /// <summary>Records the messages of one read from the client.</summary>
    /// <returns>The number of trips that began with it: 0 or 1.</returns>
    public int ClientSent(ReadOnlySpan<WireMessage> messages, bool incomplete)
    {
        if (messages.IsEmpty || messages[0].Type == Terminate)
        {
            return 0;
        }

        lock (_lock)
        {
            var begins = _started && _answered && !_flying;
            _flying = incomplete || !messages[^1].AsksForAnswer;
            _answered &= !begins;
            return begins ? 1 : 0;
        }
    }

    /// <summary>Records a message of the server before it is forwarded.</summary>
    public void ServerSent(WireMessage message)
    {
        lock (_lock)
        {
            _answered |= !message.IsAside;
            _started |= message.Type == WireMessage.ReadyForQuery;
        }
    }
}
