using System.Data;
using Millpond.Providers;

namespace Millpond.Dapper;

/// <summary>A hole of an interpolated statement, which becomes a parameter.</summary>
/// <param name="name">The parameter's name.</param>
internal abstract class SqlHole(string name)
{
    public string Name => name;

    /// <summary>Gets the value, boxed.</summary>
    public abstract object? Value { get; }

    /// <summary>Gets the enum that it is a value of, or null.</summary>
    public abstract Type? EnumType { get; }

    /// <summary>Says whether another hole has the same expression and value, so that both are one parameter: otherwise the
    /// server takes <c>group by</c> an expression with parameters for another one than that it selects.</summary>
    public abstract bool Equals<TOther>(TOther value, string expression);

    /// <summary>Adds the parameter to a command.</summary>
    /// <param name="command">The command.</param>
    /// <param name="source">Makes the driver's parameters.</param>
    /// <param name="isMapped">Whether the driver knows the enum as a type of the database.</param>
    public abstract void AddTo(IDbCommand command, ConnectionSource source, bool isMapped);
}
