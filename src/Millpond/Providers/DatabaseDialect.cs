using System.Data;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;

namespace Millpond.Providers;

/// <summary>The specifics of a database that need no connection.</summary>
/// <remarks>For provider authors. Thread-safe: it has no state.</remarks>
[Experimental(ProviderSeam.Id)]
public abstract class DatabaseDialect
{
    /// <summary>Gets the display name of the database.</summary>
    public abstract string Name { get; }

    /// <summary>Gets the isolation level of a transaction that requests none.</summary>
    public abstract IsolationLevel DefaultIsolation { get; }

    /// <summary>Returns the actual isolation level of a transaction that requests this one.</summary>
    /// <param name="asked">The requested level; <see cref="IsolationLevel.Unspecified"/> for none.</param>
    /// <returns>By default the requested level, or <see cref="DefaultIsolation"/>.</returns>
    public virtual IsolationLevel IsolationFor(IsolationLevel asked) =>
        asked == IsolationLevel.Unspecified ? DefaultIsolation : asked;

    /// <summary>Gets whether a connection may run a command while a reader is open on it.</summary>
    public abstract bool AllowsCommandsBesideReaders { get; }

    /// <summary>Gets whether its EF Core provider casts the readers of saves to the driver's own class.</summary>
    public virtual bool EntityFrameworkCastsReaders => false;

    /// <summary>Gets whether an open reader knows its result's schema without a query, unless <see
    /// cref="CommandBehavior.KeyInfo"/> requested keys. Then synchronous callers get it too.</summary>
    public virtual bool ReaderSchemaIsLocal => false;

    /// <summary>Gets the SQL syntax of its texts.</summary>
    public abstract SqlSyntax Syntax { get; }

    /// <summary>Gets whether its driver may map enums to database types; those are listed as <c>DataType</c> in the schema
    /// collection <c>DataTypes</c>.</summary>
    public virtual bool MapsEnums => false;

    /// <summary>Writes the statement that sets a setting. It returns no rows.</summary>
    /// <param name="name">The setting's name, which may have several parts (<c>app.tenant</c>).</param>
    /// <param name="values">Its value, or several for a list.</param>
    /// <param name="lasts">Whether it must outlive the transaction, because there is none.</param>
    /// <exception cref="ArgumentException">A part of the name is empty.</exception>
    /// <exception cref="NotSupportedException">The database has no settings.</exception>
    public virtual string SettingText(string name, IReadOnlyList<string> values, bool lasts) => throw new NotSupportedException(
        $"OnBegin cannot set '{name}': {Name} has no settings, roles or search path. Use Execute, or a database per " +
        "tenant.");

    /// <summary>Returns whether this error is a conflict of two transactions after which one can simply be retried.</summary>
    public abstract bool IsConflict(Exception failure);

    /// <summary>Returns whether the database rejected a statement because its prepared plan is stale.</summary>
    public virtual bool IsStalePlan(Exception failure) => false;

    /// <summary>Returns whether this error is the rejection of a write in a read-only transaction.</summary>
    public abstract bool IsReadOnlyRefusal(Exception failure);

    /// <summary>Returns whether this error is a constraint violation.</summary>
    public virtual bool IsConstraintViolation(Exception failure) =>
        failure is DbException { SqlState: { } state } && state.StartsWith("23", StringComparison.Ordinal);
}
