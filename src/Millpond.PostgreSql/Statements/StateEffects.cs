using System.Buffers;
using System.Data.Common;
using System.Globalization;
using Millpond.Providers;

namespace Millpond.PostgreSql.Statements;

/// <summary>Determines from a command's text what state it leaves on its connection (S09, S21).</summary>
/// <remarks>In doubt it assumes that there is some, which costs a round trip. State that no text shows, for example of a
/// function that takes an advisory lock, is undone by the driver's reset before the connection's next user.</remarks>
internal static class StateEffects
{
    private const StringComparison Ignoring = StringComparison.OrdinalIgnoreCase;

    // Words that can appear anywhere in a statement. Most texts contain none of them and are not scanned further.
    private static readonly SearchValues<string> Marks =
        SearchValues.Create(["advisory_lock", "local", "set_config", "temp"], Ignoring);

    /// <param name="text">The command's text.</param>
    /// <param name="parameters">Its parameters; null: none.</param>
    /// <param name="countsDo">Whether DO counts, whose body is a program.</param>
    /// <param name="countsCall">Whether CALL counts.</param>
    public static StateEffect Find(
        string text, DbParameterCollection? parameters = null, bool countsDo = true, bool countsCall = false)
    {
        var found = StateEffect.Nothing;
        var sql = new SqlTokens(text, SqlSyntax.PostgreSql);
        var isMarked = text.AsSpan().ContainsAny(Marks);
        while (found < StateEffect.NoPlans && sql.NextStatement())
        {
            var isLeft = IsLeftByVerb(sql) || (countsDo && sql.Is("do")) || (countsCall && sql.Is("call")) ||
                (isMarked && IsLeftWithin(sql, parameters));
            var one = DropsPlans(sql) ? StateEffect.NoPlans
                : isLeft ? StateEffect.State
                : isMarked && SetsLocally(sql) ? StateEffect.Local
                : StateEffect.Nothing;
            found = one > found ? one : found;
        }

        return found;
    }

    public static bool DependsOnParameters(string text) => text.Contains("set_config", Ignoring);

    private static bool IsLeftByVerb(SqlTokens sql) => sql.Text.Length switch
    {
        3 => sql.Is("set") && sql.Next() && !(sql.Is("local") || sql.Is("transaction") || sql.Is("constraints")),
        6 => sql.Is("listen"),
        7 => sql.Is("prepare") || (sql.Is("declare") && HasPair(sql, "with", "hold")),
        _ => false,
    };

    // DISCARD ALL, DEALLOCATE [PREPARE] ALL, and DEALLOCATE of the driver's own: _p1, _auto1.
    private static bool DropsPlans(SqlTokens sql)
    {
        if (sql.Is("discard"))
        {
            return sql.Next() && sql.Is("all");
        }

        return sql.Is("deallocate") && sql.Next() && (!sql.Is("prepare") || sql.Next()) &&
            (sql.Is("all") || sql.Name.StartsWith('_'));
    }

    private static bool IsLeftWithin(SqlTokens sql, DbParameterCollection? parameters)
    {
        SqlTokens before = default;
        SqlTokens last = default;
        do
        {
            if (sql.Kind is SqlTokenKind.Word or SqlTokenKind.QuotedName &&
                (IsLeftByName(sql, parameters) ||
                    (IsTemporary(sql) && MakesSomething(before, last) && !HasPair(sql, "commit", "drop"))))
            {
                return true;
            }

            before = last;
            last = sql;
        }
        while (sql.Next());

        return false;
    }

    // pg_advisory_lock, pg_try_advisory_lock_shared and so on, but not those of the transaction (pg_advisory_xact_lock).
    private static bool IsLeftByName(SqlTokens sql, DbParameterCollection? parameters)
    {
        var name = sql.Text.Trim('"');
        return (name.StartsWith("pg_", Ignoring) && name.Contains("advisory_lock", Ignoring)) ||
            name.StartsWith("pg_temp", Ignoring) ||
            (name.Equals("set_config", Ignoring) && !IsForTheTransaction(sql, parameters));
    }

    // SET LOCAL, CREATE TEMP … ON COMMIT DROP, set_config(…, true).
    private static bool SetsLocally(SqlTokens sql)
    {
        var second = sql;
        if (second.Next() && ((sql.Is("set") && second.Is("local")) || (sql.Is("create") && IsTemporary(second))))
        {
            return true;
        }

        do
        {
            if (sql.Is("set_config"))
            {
                return true;
            }
        }
        while (sql.Next());

        return false;
    }

    private static bool IsTemporary(SqlTokens sql) => sql.Is("temp") || sql.Is("temporary");

    // CREATE [OR REPLACE] [LOCAL] TEMP …, SELECT … INTO TEMP …; but INSERT INTO temp names a table.
    private static bool MakesSomething(SqlTokens before, SqlTokens last) =>
        last.Is("create") || last.Is("replace") || last.Is("local") || last.Is("global") ||
        (last.Is("into") && !before.Is("insert") && !before.Is("merge"));

    /// <summary>Returns whether a call of <c>set_config</c> has true, or a parameter with this value, as third argument or as
    /// <c>is_local</c>.</summary>
    private static bool IsForTheTransaction(SqlTokens call, DbParameterCollection? parameters)
    {
        if (!call.Next() || call.Text is not "(")
        {
            return false;
        }

        var argument = 1;
        while (!IsLocal(ref call, isThird: argument == 3, parameters))
        {
            if (call.Text is not ",")
            {
                return false;
            }

            argument++;
        }

        return true;
    }

    private static bool IsLocal(ref SqlTokens call, bool isThird, DbParameterCollection? parameters)
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
            isTrue = call.Is("true") || IsTrue(call, parameters);
            length++;
        }

        return isTrue && ((isThird && length == 1) || (isNamed && length == 4));   // is_local => true
    }

    private static bool IsTrue(SqlTokens token, DbParameterCollection? parameters)
    {
        if (token.Kind != SqlTokenKind.Parameter || parameters is null)
        {
            return false;
        }

        var at = token.Text is not ['$', .. var number] ? parameters.IndexOf(token.Text.ToString())
            : int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var position) ? position - 1
            : -1;
        return at >= 0 && at < parameters.Count && parameters[at].Value is true;
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
