using System.Data.Common;
using System.Runtime.CompilerServices;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Millpond.Providers;

namespace Millpond.EntityFrameworkCore;

/// <summary>Adds the functions that EF Core's provider needs to an engine's connections (E04).</summary>
/// <remarks>EF Core adds them to connections that it creates or gets from its options, but not to those of
/// <c>SetDbConnection</c>. So each physical connection is passed once to a context that is not used otherwise.</remarks>
internal static class ConnectionFunctions
{
    private static readonly ConditionalWeakTable<ConnectionSource, object> Known = [];

    /// <summary>Adds the functions to the connections of a source, once.</summary>
    /// <param name="source">The engine's source.</param>
    /// <param name="provider">Returns EF Core's provider, given a connection.</param>
    public static void AddOnce(ConnectionSource source, Func<RelationalOptionsExtension> provider)
    {
        if (Known.TryAdd(source, Known))
        {
            source.AddFunctions(connection => Add(connection, provider()));
        }
    }

    private static void Add(DbConnection connection, RelationalOptionsExtension provider)
    {
        var builder = new DbContextOptionsBuilder<NoContext>();
        ((IDbContextOptionsBuilderInfrastructure)builder).AddOrUpdateExtension(
            provider.WithCommandTimeout(null).WithConnection(connection, owned: false));
        using var context = new NoContext(builder.Options);
        context.Database.GetDbConnection();
    }

    private sealed class NoContext(DbContextOptions<NoContext> options) : DbContext(options);
}
