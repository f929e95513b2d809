using System.Data;
using System.Data.Common;
using Millpond.PostgreSql.Configuration;
using Millpond.PostgreSql.Pool;
using Millpond.PostgreSql.Statements;
using RealConnection = Npgsql.NpgsqlConnection;

namespace Millpond.PostgreSql.Connections;

/// <summary>Binds commands to a session's connection, and records the state that they leave on it.</summary>
internal sealed class CommandBinding(RealConnection real, PoolTraits traits)
{
    /// <summary>Gets or sets the statement timeout of this session; null: the engine's.</summary>
    public TimeSpan? Limit { get; set; }

    /// <summary>Gets or sets whether the connection has to be reset before another session gets it (S21).</summary>
    public bool IsDirty { get; set; }

    /// <summary>Gets or sets whether the transaction is READ ONLY, as far as SQL texts show.</summary>
    public bool OnlyReads { get; set; }

    /// <summary>Gets or sets the first command that set state for the session; null: none (S09).</summary>
    public string? State { get; set; }

    public bool HasLostPlans { get; private set; }

    public bool HasWritten { get; private set; }

    /// <summary>Gets the client's timeout in seconds for statements that are not part of a caller's command.</summary>
    public int Timeout => Limit is null ? real.CommandTimeout : PoolString.ClientTimeout(Limit, real.CommandTimeout);

    /// <exception cref="NotSupportedException">It would leave state for the next client of the pooler.</exception>
    public void Note(DbCommand command) => Note(traits.FindLeft(command), command.CommandText);

    /// <inheritdoc cref="Note(DbCommand)"/>
    public DbCommand Bind(DbCommand command)
    {
        Note(command);
        if (!ReferenceEquals(command.Connection, real))
        {
            command.Connection = real;
        }

        if (Limit is not null && command.CommandTimeout == real.CommandTimeout)   // otherwise it has its own limit
        {
            command.CommandTimeout = Timeout;
        }

        return command;
    }

    public DbBatch Bind(DbBatch batch)
    {
        foreach (var command in batch.BatchCommands)
        {
            Note(traits.FindLeft(command), command.CommandText);
        }

        batch.Connection = real;
        if (Limit is not null && batch.Timeout == real.CommandTimeout)
        {
            batch.Timeout = Timeout;
        }

        return batch;
    }

    public Task<DataTable> GetSchemaAsync(string? collection, string?[]? restrictions, CancellationToken cancellationToken) =>
        collection is null ? real.GetSchemaAsync(cancellationToken)
        : restrictions is null ? real.GetSchemaAsync(collection, cancellationToken)
        : real.GetSchemaAsync(collection, restrictions, cancellationToken);

    /// <summary>Works like the driver's ExecuteScalar, which does not return how many rows were changed.</summary>
    public async Task<object?> ReadValueAsync<TReader>(Task<TReader> opening, CancellationToken cancellationToken)
        where TReader : DbDataReader
    {
        object? first;
        var reader = await opening.ConfigureAwait(false);
        await using (reader.ConfigureAwait(false))
        {
            var isThere = await reader.ReadAsync(cancellationToken).ConfigureAwait(false) && reader.FieldCount > 0;
            first = isThere ? reader.GetValue(0) : null;
        }

        HasWritten |= reader.RecordsAffected > 0;
        return first;
    }

    /// <summary>Records the state that OnBegin statements leave. It does not count as the session's, because they run again in
    /// the next transaction.</summary>
    /// <inheritdoc cref="Bind(DbCommand)" path="/exception"/>
    public void Note(IReadOnlyList<string> statements)
    {
        var state = State;
        foreach (var statement in statements)
        {
            Note(traits.FindLeft(statement, CommandType.Text, parameters: null), statement);
        }

        State = state;
    }

    private void Note(StateEffect left, string text)
    {
        OnlyReads = OnlyReads && !text.Contains("transaction", StringComparison.OrdinalIgnoreCase);   // as in SET TRANSACTION
        IsDirty |= left > StateEffect.Local;
        State ??= left == StateEffect.Nothing ? null : text;
        HasLostPlans |= left == StateEffect.NoPlans;
    }
}
