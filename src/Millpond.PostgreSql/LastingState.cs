using System.Buffers;
using Millpond.Connections;

namespace Millpond.PostgreSql;

/// <summary>Knows from a command's text whether it leaves something on its connection that outlives the transaction
/// (S21).</summary>
/// <remarks>
/// In doubt it says yes, which costs a round trip. What no text shows, as a function that takes an advisory lock, the driver's
/// own reset undoes in front of the connection's next user.
/// </remarks>
internal static class LastingState
{
    private const StringComparison Ignoring = StringComparison.OrdinalIgnoreCase;

    // What may stand anywhere in a statement. Most texts have none of it, and are not looked at any closer.
    private static readonly SearchValues<string> Marks = SearchValues.Create(["advisory_lock", "set_config", "temp"], Ignoring);

    /// <param name="text">The command's text.</param>
    /// <param name="inDoubt">What to say where the text does not tell.</param>
    public static bool IsLeftBy(string text, bool inDoubt = true)
    {
        var statements = SqlStatements.In(text);
        while (statements.MoveNext())
        {
            var rest = statements.Current;
            var word = SqlStatements.TakeWord(ref rest);
            if (IsLeftByVerb(word, rest, inDoubt) ||
                (statements.Current.ContainsAny(Marks) && IsLeftWithin(statements.Current)))
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsLeftByVerb(ReadOnlySpan<char> verb, ReadOnlySpan<char> rest, bool inDoubt) => verb.Length switch
    {
        2 => inDoubt && Is(verb, "do"),   // its body is a program
        3 => Is(verb, "set") && !IsLocal(SqlStatements.TakeWord(ref rest)),
        6 => Is(verb, "listen"),
        7 => Is(verb, "prepare") || (Is(verb, "declare") && HasPair(rest, "with", "hold")),
        _ => false,
    };

    // SET LOCAL, SET TRANSACTION and SET CONSTRAINTS end with the transaction.
    private static bool IsLocal(ReadOnlySpan<char> word) =>
        Is(word, "local") || Is(word, "transaction") || Is(word, "constraints");

    private static bool IsLeftWithin(ReadOnlySpan<char> rest)
    {
        ReadOnlySpan<char> before = default;
        ReadOnlySpan<char> last = default;
        while (SqlStatements.FindWord(ref rest, nestedComments: true) is { Length: > 0 } word)
        {
            if (IsLockForTheSession(word) ||
                Is(word, "pg_temp") ||
                (Is(word, "set_config") && !IsForTheTransaction(rest)) ||
                (IsTemporary(word) && MakesSomething(before, last) && !HasPair(rest, "commit", "drop")))
            {
                return true;
            }

            before = last;
            last = word;
        }

        return false;
    }

    // pg_advisory_lock, pg_try_advisory_lock_shared…; those of the transaction are called pg_advisory_xact_lock and so on.
    private static bool IsLockForTheSession(ReadOnlySpan<char> word) =>
        word.StartsWith("pg_", Ignoring) && word.Contains("advisory_lock", Ignoring);

    private static bool IsTemporary(ReadOnlySpan<char> word) => Is(word, "temp") || Is(word, "temporary");

    // CREATE [OR REPLACE] [LOCAL] TEMP …, SELECT … INTO TEMP …; but INSERT INTO temp names a table.
    private static bool MakesSomething(ReadOnlySpan<char> before, ReadOnlySpan<char> last) =>
        Is(last, "create") || Is(last, "replace") || Is(last, "local") || Is(last, "global") ||
        (Is(last, "into") && !Is(before, "insert") && !Is(before, "merge"));

    /// <summary>Says whether the last argument of a call of <c>set_config</c> is the word true.</summary>
    private static bool IsForTheTransaction(ReadOnlySpan<char> call)
    {
        // A string in it may hold anything, so the end is looked for among the signs outside: the word before it decides.
        var close = FindClose(call);
        if (close < 0)
        {
            return false;
        }

        var inside = call[..close];
        var comma = inside.LastIndexOf(',');
        return comma >= 0 && Is(inside[(comma + 1)..].Trim(), "true");
    }

    private static int FindClose(ReadOnlySpan<char> call)
    {
        var depth = 0;
        for (var at = 0; at < call.Length; at++)
        {
            switch (call[at])
            {
                case '\'' when at > 0 && call[at - 1] is 'e' or 'E':
                    return -1;
                case '\'':
                    var end = call[(at + 1)..].IndexOf('\'');
                    if (end < 0)
                    {
                        return -1;
                    }

                    at += end + 1;
                    break;
                case '(':
                    depth++;
                    break;
                case ')' when --depth <= 0:
                    return at;
                case '"':
                    return -1;
                case '-' or '/' or '$' when call[at..] is ['-', '-', ..] or ['/', '*', ..] or ['$', not (>= '0' and <= '9'), ..]:
                    return -1;   // a comment, a dollar quote: not worth reading past
                default:
                    break;
            }
        }

        return -1;
    }

    private static bool HasPair(ReadOnlySpan<char> rest, string first, string second)
    {
        ReadOnlySpan<char> last = default;
        while (SqlStatements.FindWord(ref rest, nestedComments: true) is { Length: > 0 } word)
        {
            if (Is(last, first) && Is(word, second))
            {
                return true;
            }

            last = word;
        }

        return false;
    }

    private static bool Is(ReadOnlySpan<char> word, string keyword) => word.Equals(keyword, Ignoring);
}
