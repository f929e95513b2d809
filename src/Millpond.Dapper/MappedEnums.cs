using System.Collections.Concurrent;
using System.Data;
using System.Runtime.CompilerServices;
using Millpond.Providers;

namespace Millpond.Dapper;

/// <summary>Determines which enums the driver maps to database types. Thread-safe.</summary>
/// <remarks>Reads the driver's own list, once per enum and engine, which costs no round trip beyond BEGIN's. As with the driver
/// itself, a type that is created later counts after a restart.</remarks>
internal static class MappedEnums
{
    private static readonly ConditionalWeakTable<ConnectionSource, ConcurrentDictionary<Type, bool>> Known = [];
    private static readonly HashSet<Type> None = [];

    /// <summary>Finds the mapped enums among a statement's parameters.</summary>
    public static async ValueTask<IReadOnlySet<Type>> FindAsync(
        DbSession session, IReadOnlyList<SqlHole> holes, CancellationToken cancellationToken)
    {
        var found = None;
        foreach (var hole in holes)
        {
            if (hole.EnumType is { } type && await IsMappedAsync(session, type, cancellationToken).ConfigureAwait(false))
            {
                found = [.. found, type];
            }
        }

        return found;
    }

    /// <summary>Finds those among the holes of a statement that is not sent yet.</summary>
    /// <exception cref="InvalidOperationException">Only the database knows.</exception>
    public static IReadOnlySet<Type> FindKnown(DbSession session, IReadOnlyList<SqlHole> holes)
    {
        var found = None;
        foreach (var hole in holes)
        {
            if (hole.EnumType is { } type && IsMapped(session, type))
            {
                found = [.. found, type];
            }
        }

        return found;
    }

    private static bool IsMapped(DbSession session, Type type)
    {
        var source = ((SessionConnection)session.Connection).Source;
        return source.IsDriverConfigured && (Known.GetOrCreateValue(source).TryGetValue(type, out var isMapped)
            ? isMapped
            : throw new InvalidOperationException(
                $"Whether the enum {type.Name} is a type of the database is not known yet, and Queue does not query it. " +
                "Execute one statement with it first (ExecuteAsync), or pass its number or a parameter of the driver's own."));
    }

    private static async ValueTask<bool> IsMappedAsync(DbSession session, Type type, CancellationToken cancellationToken)
    {
        var known = Known.GetOrCreateValue(((SessionConnection)session.Connection).Source);
        if (!known.TryGetValue(type, out var isMapped))
        {
            using var types = await session.Connection.GetSchemaAsync("DataTypes", cancellationToken).ConfigureAwait(false);
            isMapped = types.Rows.Cast<DataRow>().Any(row => row["DataType"] as string == type.FullName);
            known[type] = isMapped;
        }

        return isMapped;
    }
}
