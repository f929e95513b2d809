using System.Data.Common;
using Dapper;

namespace Millpond.Dapper;

/// <summary>Reads rows that are a single value of a driver's type, which Dapper would treat as an object with
/// members.</summary>
/// <remarks>A <c>BigInteger</c>, a range, a list or a composite has no member with the column's name, so Dapper would return
/// its default.</remarks>
internal static class SingleValue
{
    private static readonly HashSet<Type> Simple =
    [
        typeof(string), typeof(object), typeof(decimal), typeof(Guid), typeof(DateTime), typeof(DateTimeOffset), typeof(TimeSpan),
        typeof(DateOnly), typeof(TimeOnly),
    ];

    /// <summary>Returns whether the result's columns are needed to decide how the type is read.</summary>
    public static bool IsPossible(Type type)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        return !(type.IsPrimitive || type.IsEnum || type.IsArray || Simple.Contains(type) || SqlMapper.HasTypeHandler(type) ||
            type.FullName!.StartsWith("System.ValueTuple`", StringComparison.Ordinal));
    }

    /// <summary>Creates the function that reads a row.</summary>
    /// <param name="reader">The reader, on its result.</param>
    /// <param name="firstOnly">Whether only the first column counts.</param>
    /// <exception cref="InvalidOperationException">There are several columns, and none matches a member of the
    /// type.</exception>
    public static Func<DbDataReader, T> Parser<T>(DbDataReader reader, bool firstOnly)
    {
        if (firstOnly || (reader.FieldCount == 1 && typeof(T).IsAssignableFrom(reader.GetFieldType(0))))
        {
            return Read<T>;
        }

        if (HasPlace(Nullable.GetUnderlyingType(typeof(T)) ?? typeof(T), reader))
        {
            return reader.GetRowParser<T>();
        }

        return reader.FieldCount == 1 ? Read<T> : throw new InvalidOperationException(
            $"None of the {reader.FieldCount} columns matches a member of {typeof(T)}. Rename the columns, or select a single " +
            "column that the driver can read as that type.");
    }

    private static T Read<T>(DbDataReader reader) =>
        default(T) is null && reader.IsDBNull(0) ? default! : reader.GetFieldValue<T>(0);

    private static bool HasPlace(Type type, DbDataReader reader)
    {
        var columns = Enumerable.Range(0, reader.FieldCount);
        var map = SqlMapper.GetTypeMap(type);
        if (columns.Any(column => map.GetMember(reader.GetName(column)) is not null))   // usually the first one
        {
            return true;
        }

        var constructor = map.FindExplicitConstructor() ??
            map.FindConstructor([.. columns.Select(reader.GetName)], [.. columns.Select(reader.GetFieldType)]);
        return constructor?.GetParameters().Length > 0;
    }
}
