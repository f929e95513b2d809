using Millpond.Diagnostics;
using Millpond.Leasing;
using Millpond.Providers;

namespace Millpond.Transactions;

/// <summary>The transaction statements in a command's text: rejected, or savepoints, which are tracked (S20).</summary>
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

    /// <summary>Gets whether the text begins with a rollback to a savepoint, so it may run in an aborted transaction.</summary>
    public bool Recovers => _steps.Count > 0 && _steps[0].Verb == Verb.RollBackTo;

    /// <summary>Reads a command's text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="dialect">Its database's dialect.</param>
    /// <param name="before">The result for the preceding texts of the same batch.</param>
    /// <returns>Null for the usual text without transaction statements.</returns>
    /// <exception cref="ArgumentException">It contains a NUL character.</exception>
    /// <exception cref="NotSupportedException">It begins or ends a transaction, which only the session may do.</exception>
    public static SavepointText? Read(string text, DatabaseDialect dialect, SavepointText? before = null)
    {
        if (text.Contains('\0', StringComparison.Ordinal))
        {
            throw new ArgumentException(
                $"The SQL text has a NUL character at position {text.IndexOf('\0', StringComparison.Ordinal)}, where the " +
                "database would stop reading. Remove it, or pass the value as a parameter.");
        }

        var found = before;
        var sql = new SqlTokens(text, dialect.Syntax);
        while (sql.NextStatement())
        {
            if (sql.Text.Length is >= 3 and <= 9 && ReadStep(ref sql) is { } step)   // END to SAVEPOINT
            {
                (found ??= new SavepointText())._steps.Add(step);
            }
        }

        return found;
    }

    /// <summary>Runs the command, and records the effect of its text.</summary>
    public async Task<TResult> RunAsync<TState, TResult>(
        UnitOfWork unit,
        Operation operation,
        TState state,
        Func<ProviderConnection, TState, CancellationToken, Task<TResult>> execute,
        bool executes,
        CancellationToken cancellationToken)
    {
        UnitSavepoints.ThrowIfNone(unit);
        var result = await unit.RunAsync(operation, state, execute, cancellationToken).ConfigureAwait(false);
        if (executes)
        {
            RecordSteps(unit);
        }

        return result;
    }

    private void RecordSteps(UnitOfWork unit)
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

    private static Step? ReadStep(ref SqlTokens sql)
    {
        if (sql.Is("savepoint"))
        {
            sql.Next();
            return new Step(Verb.Save, sql.Name);
        }

        if (sql.Is("release"))
        {
            return new Step(Verb.Release, ReadName(ref sql));
        }

        if (sql.Is("rollback"))
        {
            return ReadRollback(ref sql);
        }

        var verb = sql;
        if (sql.Is("commit") || sql.Is("begin") || sql.Is("end") || sql.Is("abort") ||
            ((sql.Is("start") || sql.Is("prepare")) && sql.Next() && sql.Is("transaction")))
        {
            throw Refuse(verb.Text);
        }

        return null;
    }

    private static Step ReadRollback(ref SqlTokens sql)
    {
        if (sql.Next() && (sql.Is("work") || sql.Is("transaction")))
        {
            sql.Next();
        }

        return sql.Is("to") ? new Step(Verb.RollBackTo, ReadName(ref sql)) : throw Refuse("rollback");
    }

    // SAVEPOINT is a name as well: RELEASE SAVEPOINT, RELEASE SAVEPOINT savepoint.
    private static string ReadName(ref SqlTokens sql)
    {
        sql.Next();
        var name = sql.Name;
        return sql.Is("savepoint") && sql.Next() ? sql.Name : name;
    }

    private static MillpondNotSupportedException Refuse(ReadOnlySpan<char> word) => new(
        ErrorCodes.TransactionText,
        $"{word.ToString().ToUpperInvariant()} as SQL text is not allowed, because the session controls its " +
        $"transaction. Call CommitAsync or RollbackAsync of the session, or BeginTransactionAsync for a savepoint.");
}
