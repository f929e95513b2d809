using System.Data;
using Millpond.Providers;

namespace Millpond.Dapper;

/// <summary>An interpolated value of a statement, which becomes a parameter.</summary>
/// <param name="name">The parameter's name.</param>
internal abstract class SqlHole(string name)
{
    public string Name => name;

    /// <summary>Gets the value, boxed.</summary>
    public abstract object? Value { get; }

    /// <summary>Gets the enum type of the value, or null.</summary>
    public abstract Type? EnumType { get; }

    /// <summary>Returns whether another value has the same expression and value, so both share one parameter. Otherwise the
    /// server would treat a <c>group by</c> expression as different from the equal expression in the select list.</summary>
    public abstract bool Equals<TOther>(TOther value, string expression);

    /// <summary>Adds the parameter to a command.</summary>
    /// <param name="command">The command.</param>
    /// <param name="source">Creates the driver's parameters.</param>
    /// <param name="isMapped">Whether the driver maps the enum to a database type.</param>
    public abstract void AddTo(IDbCommand command, ConnectionSource source, bool isMapped);
}
