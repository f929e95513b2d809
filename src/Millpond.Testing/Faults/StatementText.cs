using System.Buffers.Binary;
using System.Text;

namespace Millpond.Testing.Faults;

/// <summary>Reads and writes the SQL in PostgreSQL's messages.</summary>
internal static class StatementText
{
    public const char Query = 'Q';

    private const char Parse = 'P';
    private const char Bind = 'B';
    private static readonly string[] Frames = ["begin", "commit", "rollback", "savepoint", "release", "start transaction"];

    public static bool BeginsWith(WireMessage message, ReadOnlySpan<byte> bytes, string text) =>
        Of(message, bytes).StartsWith(text, StringComparison.OrdinalIgnoreCase);

    /// <summary>Returns whether a statement begins or ends a transaction; null if neither.</summary>
    public static bool? IsBegun(WireMessage message, ReadOnlySpan<byte> bytes) =>
        BeginsWith(message, bytes, "begin") || BeginsWith(message, bytes, "start transaction") ? true
        : BeginsWith(message, bytes, "commit") || BeginsWith(message, bytes, "rollback\0") ? false
        : null;

    /// <summary>Returns whether a message begins the execution of a statement other than transaction control.</summary>
    public static bool IsStatement(WireMessage message, ReadOnlySpan<byte> bytes) =>
        message.Type == Bind || (message.Type == Query && !IsFrame(Of(message, bytes)));

    /// <summary>Creates a message that makes the server raise an error.</summary>
    public static byte[] Raise(string sqlState, bool endsTransaction)
    {
        var sql = (endsTransaction ? "rollback; " : "") +
            $"do $$begin raise exception 'This error was injected by a test.' using errcode = '{sqlState}'; end$$";
        var message = new byte[sql.Length + 6];
        message[0] = (byte)Query;
        BinaryPrimitives.WriteInt32BigEndian(message.AsSpan(1), sql.Length + 5);
        Encoding.ASCII.GetBytes(sql, message.AsSpan(5));
        return message;
    }

    /// <summary>Reads a statement's text; null if the message has none.</summary>
    public static string? Read(WireMessage message, ReadOnlySpan<byte> bytes) =>
        Of(message, bytes) is { Length: > 0 } text ? text[..Math.Max(0, text.IndexOf('\0', StringComparison.Ordinal))] : null;

    private static string Of(WireMessage message, ReadOnlySpan<byte> bytes)
    {
        if (message.From != WireSide.Client || message.Type is not (Query or Parse))
        {
            return "";
        }

        var text = bytes[5..];
        return Encoding.UTF8.GetString(message.Type == Query ? text : text[(text.IndexOf((byte)0) + 1)..]).TrimStart();
    }

    private static bool IsFrame(string sql) =>
        Array.Exists(Frames, frame => sql.StartsWith(frame, StringComparison.OrdinalIgnoreCase));
}
