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
        var sql = new SqlTokens(text, SqlSyntax.PostgreSql);
        var isMarked = text.AsSpan().ContainsAny(Marks);
        while (sql.NextStatement())
        {
            if (IsLeftByVerb(sql, inDoubt) || (isMarked && IsLeftWithin(sql)))
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsLeftByVerb(SqlTokens sql, bool inDoubt) => sql.Text.Length switch
    {
        2 => inDoubt && sql.Is("do"),   // its body is a program
        3 => sql.Is("set") && sql.Next() && !(sql.Is("local") || sql.Is("transaction") || sql.Is("constraints")),
        6 => sql.Is("listen"),
        7 => sql.Is("prepare") || (sql.Is("declare") && HasPair(sql, "with", "hold")),
        _ => false,
    };

    private static bool IsLeftWithin(SqlTokens sql)
    {
        SqlTokens before = default;
        SqlTokens last = default;
        do
        {
            if (sql.Kind is SqlTokenKind.Word or SqlTokenKind.QuotedName &&
                (IsLeftByName(sql) || (IsTemporary(sql) && MakesSomething(before, last) && !HasPair(sql, "commit", "drop"))))
            {
                return true;
            }

            before = last;
            last = sql;
        }
        while (sql.Next());

        return false;
    }

    // pg_advisory_lock, pg_try_advisory_lock_shared…; those of the transaction are called pg_advisory_xact_lock and so on.
    private static bool IsLeftByName(SqlTokens sql)
    {
        var name = sql.Text.Trim('"');
        return (name.StartsWith("pg_", Ignoring) && name.Contains("advisory_lock", Ignoring)) ||
            name.StartsWith("pg_temp", Ignoring) ||
            (name.Equals("set_config", Ignoring) && !IsForTheTransaction(sql));
    }

    private static bool IsTemporary(SqlTokens sql) => sql.Is("temp") || sql.Is("temporary");

    // CREATE [OR REPLACE] [LOCAL] TEMP …, SELECT … INTO TEMP …; but INSERT INTO temp names a table.
    private static bool MakesSomething(SqlTokens before, SqlTokens last) =>
        last.Is("create") || last.Is("replace") || last.Is("local") || last.Is("global") ||
        (last.Is("into") && !before.Is("insert") && !before.Is("merge"));

    /// <summary>Says whether a call of <c>set_config</c> has the word true as third argument, or as <c>is_local</c>.</summary>
    private static bool IsForTheTransaction(SqlTokens call)
    {
        if (!call.Next() || call.Text is not "(")
        {
            return false;
        }

        var argument = 1;
        while (!IsLocal(ref call, isThird: argument == 3))
        {
            if (call.Text is not ",")
            {
                return false;
            }

            argument++;
        }

        return true;
    }

    private static bool IsLocal(ref SqlTokens call, bool isThird)
    {
        var (depth, length, isNamed, isTrue) = (0, 0, false, false);
        while (call.Next() && (depth > 0 || call.Text is not ("," or ")")))
        {
            depth += call.Text switch
            {
                "(" or "[" => 1,
                ")" or "]" => -1,
                _ => 0,
            };
            isNamed |= length == 0 && call.Is("is_local");
            isTrue = call.Is("true");
            length++;
        }

        return isTrue && ((isThird && length == 1) || (isNamed && length == 4));   // is_local => true
    }

    private static bool HasPair(SqlTokens sql, string first, string second)
    {
        SqlTokens last = default;
        do
        {
            if (last.Is(first) && sql.Is(second))
            {
                return true;
            }

            last = sql;
        }
        while (sql.Next());

        return false;
    }
}
