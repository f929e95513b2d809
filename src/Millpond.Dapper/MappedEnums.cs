using System.Collections.Concurrent;
using System.Data;
using System.Runtime.CompilerServices;
using Millpond.Providers;

namespace Millpond.Dapper;

/// <summary>Knows which enums the driver knows as types of the database. Thread-safe.</summary>
/// <remarks>It reads the driver's own list, once for each enum of an engine, which costs no round trip beyond BEGIN's. As with
/// the driver, a type created later counts after a restart.</remarks>
internal static class MappedEnums
{
    private static readonly ConditionalWeakTable<ConnectionSource, ConcurrentDictionary<Type, bool>> Known = [];
    private static readonly HashSet<Type> None = [];

    /// <summary>Finds those among a statement's holes.</summary>
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
