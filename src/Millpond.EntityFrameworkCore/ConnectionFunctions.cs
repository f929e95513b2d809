using System.Data.Common;
using System.Runtime.CompilerServices;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Millpond.Providers;

namespace Millpond.EntityFrameworkCore;

/// <summary>Gives an engine's connections the functions that EF's provider expects of them (E04).</summary>
/// <remarks>EF adds its own to a connection that it makes or gets through its options, but not to the one of
/// <c>SetDbConnection</c>. So each physical connection is shown once to a context that never does anything.</remarks>
internal static class ConnectionFunctions
{
    private static readonly ConditionalWeakTable<ConnectionSource, object> Known = [];

    /// <summary>Has them added to the connections of a source, unless they are.</summary>
    /// <param name="source">The engine's.</param>
    /// <param name="provider">Tells EF's provider, once a connection is there.</param>
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
