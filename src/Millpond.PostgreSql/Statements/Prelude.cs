using System.Data;
using System.Globalization;
using Millpond.Providers;
using Npgsql;

namespace Millpond.PostgreSql.Statements;

/// <summary>The settings of a session's transaction that differ from the engine's. They are sent before the first command, in
/// its packet (S15, S16).</summary>
/// <remarks>The caller's command stays unchanged, because it cannot be changed while its reader is open; another one with the
/// same text and parameters replaces it. The driver skips statements without rows, does not count their rows, and reports an
/// error's position relative to its own statement, so the caller does not notice.</remarks>
internal sealed class Prelude
{
    public const CommandBehavior Described = CommandBehavior.SchemaOnly | CommandBehavior.KeyInfo;

    private readonly string[] _statements;

    private Prelude(string[] statements) => _statements = statements;

    public static Prelude? For(TransactionSettings wanted, TransactionSettings defaults)
    {
        var access = wanted.ReadOnly == defaults.ReadOnly ? null : wanted.ReadOnly ? "READ ONLY" : "READ WRITE";
        var limit = wanted.StatementTimeout is { } own && own != defaults.StatementTimeout ? Milliseconds(own) : null;
        return wanted.Autocommit
            ? Of(
                wanted.Statements,
                access is null ? null : $"SET default_transaction_read_only = {(wanted.ReadOnly ? "on" : "off")}",
                limit is null ? null : $"SET statement_timeout = {limit}",
                Level(wanted.Isolation) is { } level && wanted.Isolation != defaults.Isolation
                    ? $"SET default_transaction_isolation = '{level}'"
                    : null)
            : Of(
                wanted.Statements,
                access is null ? null : $"SET TRANSACTION {access}",
                limit is null ? null : $"SET LOCAL statement_timeout = {limit}");
    }

    public static string? StartUp(TransactionSettings defaults)
    {
        List<string> options = [];
        if (defaults.ReadOnly)
        {
            options.Add("-c default_transaction_read_only=on");
        }

        if (defaults.StatementTimeout is { } limit)
        {
            options.Add($"-c statement_timeout={Milliseconds(limit)}");
        }

        if (Level(defaults.Isolation) is { } level)
        {
            options.Add($"-c default_transaction_isolation={level.Replace(" ", "\\ ", StringComparison.Ordinal)}");
        }

        return options.Count == 0 ? null : string.Join(' ', options);
    }

    /// <summary>Copies a command of one statement for a batch.</summary>
    /// <returns>Null if it has an output parameter, which would not be set.</returns>
    public static NpgsqlBatchCommand? Copy(NpgsqlCommand command)
    {
        var copy = new NpgsqlBatchCommand(command.CommandText);
        foreach (NpgsqlParameter parameter in command.Parameters)
        {
            if (parameter.Direction != ParameterDirection.Input)
            {
                return null;
            }

            copy.Parameters.Add(parameter.Clone());
        }

        return copy;
    }

    public static Prelude? ForStatements(TransactionSettings wanted) => Of(wanted.Statements);

    private static Prelude? Of(IReadOnlyList<string>? begin, params string?[] statements)
    {
        if (begin is null && Array.TrueForAll(statements, static one => one is null))
        {
            return null;
        }

        string[] there = [.. statements.OfType<string>(), .. begin ?? []];
        return there.Length == 0 ? null : new Prelude(there);
    }

    private static string Milliseconds(TimeSpan limit) =>
        ((long)Math.Ceiling(limit.TotalMilliseconds)).ToString(CultureInfo.InvariantCulture);

    private static string? Level(IsolationLevel level) => level switch
    {
        IsolationLevel.ReadUncommitted => "read uncommitted",
        IsolationLevel.ReadCommitted => "read committed",
        IsolationLevel.RepeatableRead or IsolationLevel.Snapshot => "repeatable read",
        IsolationLevel.Serializable => "serializable",
        _ => null,
    };

    /// <summary>Returns whether a text may have several results: the driver ends after the first one only if it belongs to the
    /// first statement.</summary>
    public static bool MayHoldSeveral(string text) => text.AsSpan().TrimEnd("; \t\r\n").Contains(';');

    public void AddTo(NpgsqlBatch batch)
    {
        foreach (var statement in _statements)
        {
            batch.BatchCommands.Add(new NpgsqlBatchCommand(statement));
        }
    }
}
