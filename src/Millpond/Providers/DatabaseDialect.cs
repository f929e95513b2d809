using System.Data;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;

namespace Millpond.Providers;

/// <summary>What differs between databases and needs no connection to know.</summary>
/// <remarks>For provider authors. Thread-safe: it has no state.</remarks>
[Experimental(ProviderSeam.Id)]
public abstract class DatabaseDialect
{
    /// <summary>Gets the database's name as a person would write it.</summary>
    public abstract string Name { get; }

    /// <summary>Gets the isolation level a transaction has when none is asked for.</summary>
    public abstract IsolationLevel DefaultIsolation { get; }

    /// <summary>Says which isolation level a transaction really has that was asked for at this one.</summary>
    /// <param name="asked">What was asked for; <see cref="IsolationLevel.Unspecified"/>: nothing.</param>
    /// <returns>By default what was asked for, or else <see cref="DefaultIsolation"/>.</returns>
    public virtual IsolationLevel IsolationFor(IsolationLevel asked) =>
        asked == IsolationLevel.Unspecified ? DefaultIsolation : asked;

    /// <summary>Gets whether a connection may run a command while a reader is open on it.</summary>
    public abstract bool AllowsCommandsBesideReaders { get; }

    /// <summary>Gets whether its provider for EF Core casts the readers of saves to the driver's own class, so that it needs them
    /// as they are.</summary>
    public virtual bool EntityFrameworkCastsReaders => false;

    /// <summary>Gets whether an open reader knows its result's schema without asking the database, as long as
    /// <see cref="CommandBehavior.KeyInfo"/> did not ask for keys: then it is told to synchronous callers too.</summary>
    public virtual bool ReaderSchemaIsLocal => false;

    /// <summary>Gets whose SQL its texts are.</summary>
    public abstract SqlSyntax Syntax { get; }

    /// <summary>Gets whether its driver may know enums as types of the database; those are then named as <c>DataType</c> in the
    /// schema collection <c>DataTypes</c>.</summary>
    public virtual bool MapsEnums => false;

    /// <summary>Writes the statement that sets a setting. It returns no rows.</summary>
    /// <param name="name">The setting's name, which may have several parts (<c>app.tenant</c>).</param>
    /// <param name="values">Its value; several where it is a list.</param>
    /// <param name="lasts">Whether it is to outlive the transaction, because there is none.</param>
    /// <exception cref="ArgumentException">A part of the name is empty.</exception>
    /// <exception cref="NotSupportedException">The database has no settings.</exception>
    public virtual string SettingText(string name, IReadOnlyList<string> values, bool lasts) => throw new NotSupportedException(
        $"OnBegin cannot set '{name}': {Name} has no settings, roles or search path. Use Execute, or a database per " +
        "tenant.");

    /// <summary>
    /// Says whether this error means that two transactions were in each other's way and one may simply be tried again.
    /// </summary>
    public abstract bool IsConflict(Exception failure);

    /// <summary>Says whether the database refused to run a statement because the plan that it had prepared is stale.
    /// </summary>
    public virtual bool IsStalePlan(Exception failure) => false;

    /// <summary>Says whether this error is the database's refusal of a write in a read-only transaction.</summary>
    public abstract bool IsReadOnlyRefusal(Exception failure);

    /// <summary>Says whether this error means that the data would break a constraint.</summary>
    public virtual bool IsConstraintViolation(Exception failure) =>
        failure is DbException { SqlState: { } state } && state.StartsWith("23", StringComparison.Ordinal);
}
