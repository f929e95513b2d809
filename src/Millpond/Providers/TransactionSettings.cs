using System.Data;
using System.Diagnostics.CodeAnalysis;

namespace Millpond.Providers;

/// <summary>How a transaction begins.</summary>
[Experimental(ProviderSeam.Id)]
public readonly record struct TransactionSettings
{
    /// <summary>Gets the isolation level.</summary>
    /// <value><see cref="IsolationLevel.Unspecified"/>: the database's default.</value>
    public IsolationLevel Isolation { get; init; }

    /// <summary>Gets whether the database itself must reject writes.</summary>
    public bool ReadOnly { get; init; }

    /// <summary>Gets whether the session holds the write permit of a database with one writer.</summary>
    public bool Writer { get; init; }

    /// <summary>Gets how long to wait for another process that has locked the database.</summary>
    /// <value>The rest of the caller's deadline.</value>
    public TimeSpan BusyTimeout { get; init; }

    /// <summary>Gets whether there is no transaction: each statement commits on its own.</summary>
    public bool Autocommit { get; init; }

    /// <summary>Gets how long the database may work on one statement.</summary>
    /// <value>Null: the engine's own default.</value>
    public TimeSpan? StatementTimeout { get; init; }

    /// <summary>Gets the statements that come first (<c>OnBegin</c>).</summary>
    /// <value>One statement each; null if there are none. If one returns rows, <see cref="ProviderConnection.SettleAsync"/>
    /// follows.</value>
    public IReadOnlyList<string>? Statements { get; init; }
}
