using System.Text;
using Millpond.Connections;
using Millpond.Diagnostics;

namespace Millpond.Sessions;

/// <summary>What a command's text says about transactions: refused, or about savepoints and then remembered (S20).</summary>
internal sealed class SavepointText
{
    private readonly List<Step> _steps = [];

    private enum Verb
    {
        Save,
        Release,
        RollBackTo,
    }

    private readonly record struct Step(Verb Verb, string Name);

    /// <summary>
    /// Gets whether the text begins by rolling back to a savepoint, so that it may run in an aborted transaction.
    /// </summary>
    public bool Recovers => _steps.Count > 0 && _steps[0].Verb == Verb.RollBackTo;

    /// <summary>Reads a command's text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="dialect">Whose SQL it is.</param>
    /// <returns>Null for the usual text that says nothing about transactions.</returns>
    /// <exception cref="NotSupportedException">It begins or ends a transaction, which is the session's own business.</exception>
    public static SavepointText? Read(string text, DatabaseDialect dialect)
    {
        SavepointText? found = null;
        var statements = SqlStatements.In(text, dialect.NestsComments);
        while (statements.MoveNext())
        {
            var rest = statements.Current;
            var word = SqlStatements.TakeWord(ref rest);
            if (word.Length is < 3 or > 9)   // END to SAVEPOINT
            {
                continue;
            }

            if (ReadStep(word, rest) is { } step)
            {
                found ??= new SavepointText();
                found._steps.Add(step);
            }
        }

        return found;
    }

    /// <summary>Books what the text did, after it succeeded.</summary>
    public void Book(UnitOfWork unit)
    {
        foreach (var (verb, name) in _steps)
        {
            switch (verb)
            {
                case Verb.Save:
                    unit.Saved(name, isTransaction: false);
                    break;
                case Verb.Release:
                    unit.Savepoints.Release(name);
                    break;
                default:
                    unit.RolledBackTo(name);
                    break;
            }
        }
    }

    private static Step? ReadStep(ReadOnlySpan<char> word, ReadOnlySpan<char> rest)
    {
        if (Is(word, "savepoint"))
        {
            return new Step(Verb.Save, ReadName(rest));
        }

        if (Is(word, "release"))
        {
            var after = rest;
            return new Step(Verb.Release, ReadName(Is(SqlStatements.TakeWord(ref after), "savepoint") ? after : rest));
        }

        if (Is(word, "rollback"))
        {
            return ReadRollback(rest);
        }

        var second = SqlStatements.TakeWord(ref rest);
        if (Is(word, "commit") || Is(word, "begin") || Is(word, "end") || Is(word, "abort") ||
            ((Is(word, "start") || Is(word, "prepare")) && Is(second, "transaction")))
        {
            throw Refuse(word);
        }

        return null;
    }

    private static Step? ReadRollback(ReadOnlySpan<char> rest)
    {
        var word = SqlStatements.TakeWord(ref rest);
        if (Is(word, "work") || Is(word, "transaction"))
        {
            word = SqlStatements.TakeWord(ref rest);
        }

        if (!Is(word, "to"))
        {
            throw Refuse("rollback");
        }

        var after = rest;
        return new Step(Verb.RollBackTo, ReadName(Is(SqlStatements.TakeWord(ref after), "savepoint") ? after : rest));
    }

    private static string ReadName(ReadOnlySpan<char> rest)
    {
        var word = SqlStatements.TakeWord(ref rest);
        if (rest is not ['"' or '`' or '[', ..] || word.Length > 0)
        {
            return word.ToString();
        }

        var close = rest[0] == '[' ? ']' : rest[0];
        var name = new StringBuilder();
        for (var at = 1; at < rest.Length; at++)
        {
            if (rest[at] == close && (++at == rest.Length || rest[at] != close))   // a doubled one is part of the name
            {
                break;
            }

            name.Append(rest[at]);
        }

        return name.ToString();
    }

    private static bool Is(ReadOnlySpan<char> word, string keyword) => word.Equals(keyword, StringComparison.OrdinalIgnoreCase);

    private static NotSupportedException Refuse(ReadOnlySpan<char> word) => new(
        $"{word.ToString().ToUpperInvariant()} as SQL text is refused: the session begins, commits and rolls back its " +
        $"transaction itself. Call CommitAsync or RollbackAsync of the session, or BeginAsync for a transaction inside it. " +
        $"[{ErrorCodes.TransactionText}]")
    {
        HelpLink = ErrorPage.LinkTo(ErrorCodes.TransactionText),
    };
}
