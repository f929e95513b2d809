using System.Globalization;

namespace Millpond;

/// <summary>One message that came by.</summary>
/// <param name="Connection">Which connection it belongs to, from 1, in the order they were accepted.</param>
/// <param name="From">Who sent it.</param>
/// <param name="Number">Which of that side's messages on that connection it is, from 1.</param>
/// <param name="Type">PostgreSQL's type byte, or one of the constants for what has none.</param>
/// <param name="Length">Its length in bytes, all included.</param>
public readonly record struct WireMessage(int Connection, WireSide From, int Number, char Type, int Length)
{
    /// <summary>The first message of a connection, which names user and database.</summary>
    public const char Startup = '^';

    /// <summary>The request whether the server supports TLS or GSSAPI.</summary>
    public const char EncryptionRequest = '?';

    /// <summary>The server's answer to it, a single byte.</summary>
    public const char EncryptionAnswer = '=';

    /// <summary>The request to cancel a statement of another connection.</summary>
    public const char Cancel = '!';

    /// <summary>The client ends the connection.</summary>
    public const char Terminate = 'X';

    /// <summary>The server is ready for the next query.</summary>
    public const char ReadyForQuery = 'Z';

    /// <summary>Gets whether the server sends it unasked: a notice, a changed setting, a notification.</summary>
    public bool IsAside => From == WireSide.Server && Type is 'N' or 'S' or 'A';

    /// <summary>Gets whether the client waits for an answer after it.</summary>
    public bool AsksForAnswer => From == WireSide.Client && Type is 'Q' or 'S' or 'F' or 'H' or 'c' or 'f' or 'p'
        or Startup or EncryptionRequest;

    /// <inheritdoc/>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"{From} {Number} '{Type}' ({Length} B) on {Connection}");
}
