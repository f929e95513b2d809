using Millpond.Testing.Faults;

namespace Millpond;

/// <summary>A fault that waits for its message and occurs once.</summary>
public sealed class ArmedFault
{
    private readonly TaskCompletionSource<WireMessage> _occurred = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int? _connection;
    private int _seen;

    internal ArmedFault(FaultPoint point) => Point = point;

    /// <summary>Gets where it occurs.</summary>
    public FaultPoint Point { get; }

    /// <summary>Gets a task that completes when it has occurred, with its message.</summary>
    public Task<WireMessage> Occurred => _occurred.Task;

    /// <summary>Gets whether it has occurred.</summary>
    public bool HasOccurred => _occurred.Task.IsCompletedSuccessfully;

    /// <summary>Gets the text of the statement at which it occurred, if the proxy knows it.</summary>
    public string Statement { get; private set; } = "";

    /// <summary>Counts a message. Called under the proxy's lock.</summary>
    /// <returns>Whether the fault occurs at this message.</returns>
    internal bool Count(WireMessage message, ReadOnlySpan<byte> bytes, bool isBegun, string statement)
    {
        if (Point.OnOneConnection && _connection is null && message is { From: WireSide.Client, Type: not WireMessage.Terminate })
        {
            _connection = message.Connection;
        }

        if (message.From != Point.From ||
            (Point.OnOneConnection && message.Connection != _connection) ||
            message.Type != (Point.Type ?? message.Type) ||
            (Point.Text is { } text && !StatementText.BeginsWith(message, bytes, text)) ||
            (Point.IsStatement && !(isBegun && StatementText.IsStatement(message, bytes))) ||
            ++_seen != Point.Number)
        {
            return false;
        }

        Statement = statement;
        _occurred.SetResult(message);
        return true;
    }
}
