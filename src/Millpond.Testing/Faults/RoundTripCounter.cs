namespace Millpond.Testing.Faults;

/// <summary>Counts the round trips of one connection: how often the client speaks again after the server has answered.</summary>
/// <remarks>
/// What the client sends in one go is one trip, however the network cuts it: a flight goes on while a message is incomplete or
/// nothing in it has asked for an answer yet. Thread-safe: the two directions are read by two tasks.
/// </remarks>
internal sealed class RoundTripCounter
{
    private const char Terminate = 'X';

    private readonly Lock _lock = new();
    private bool _started;
    private bool _flying;
    private bool _answered = true;

    /// <summary>Notes what was read from the client at once.</summary>
    /// <returns>How many trips began with it: 0 or 1.</returns>
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

    /// <summary>Notes a message of the server, before the client can have got it.</summary>
    public void ServerSent(WireMessage message)
    {
        lock (_lock)
        {
            _answered |= !message.IsAside;
            _started |= message.Type == WireMessage.ReadyForQuery;
        }
    }
}
