using System.Data;
using System.Diagnostics.CodeAnalysis;

namespace Millpond.Providers;

/// <summary>How a transaction is to begin.</summary>
[Experimental(ProviderSeam.Id)]
public readonly record struct TransactionSettings
{
    /// <summary>Gets the isolation level.</summary>
    /// <value><see cref="IsolationLevel.Unspecified"/>: the database's default.</value>
    public IsolationLevel Isolation { get; init; }

    /// <summary>Gets whether the database itself is to refuse writes.</summary>
    public bool ReadOnly { get; init; }

    /// <summary>Gets whether the session holds the write permit of a database with one writer.</summary>
    public bool Writer { get; init; }

    /// <summary>Gets how long another process may keep the database locked.</summary>
    /// <value>What is left of the caller's deadline.</value>
    public TimeSpan BusyTimeout { get; init; }

    /// <summary>Gets whether there is to be no transaction: each statement commits by itself.</summary>
    public bool Autocommit { get; init; }

    /// <summary>Gets how long the database may work on one statement.</summary>
    /// <value>Null: as long as the engine's own default says.</value>
    public TimeSpan? StatementTimeout { get; init; }

    /// <summary>Gets the statements that come before anything else (<c>OnBegin</c>).</summary>
    /// <value>One statement each. Null: none. Where one returns rows, <see cref="ProviderConnection.SettleAsync"/>
    /// follows.</value>
    public IReadOnlyList<string>? Statements { get; init; }
}
