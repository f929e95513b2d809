using System.Buffers;
using Millpond.Connections;

namespace Millpond.PostgreSql;

/// <summary>Recognises commands that set something for the rest of their transaction only (S09).</summary>
/// <remarks>A help, not a fence: no text shows what a function sets.</remarks>
internal static class LocalState
{
    private const StringComparison Ignoring = StringComparison.OrdinalIgnoreCase;

    // Most texts have none of these, and are not looked at any closer.
    private static readonly SearchValues<string> Marks = SearchValues.Create(["local", "set_config", "temp"], Ignoring);

    /// <param name="text">The command's text.</param>
    public static bool IsSetBy(string text)
    {
        if (!text.AsSpan().ContainsAny(Marks))
        {
            return false;
        }

        var statements = SqlStatements.In(text);
        while (statements.MoveNext())
        {
            var rest = statements.Current;
            var verb = SqlStatements.TakeWord(ref rest);
            var next = SqlStatements.TakeWord(ref rest);
            if ((Is(verb, "set") && Is(next, "local")) || (Is(verb, "create") && IsTemporary(next)) ||
                Configures(statements.Current))
            {
                return true;
            }
        }

        return false;
    }

    private static bool Configures(ReadOnlySpan<char> rest)
    {
        while (SqlStatements.FindWord(ref rest, nestedComments: true) is { Length: > 0 } word)
        {
            if (Is(word, "set_config"))
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsTemporary(ReadOnlySpan<char> word) => Is(word, "temp") || Is(word, "temporary");

    private static bool Is(ReadOnlySpan<char> word, string keyword) => word.Equals(keyword, Ignoring);
}
