namespace Millpond.Sqlite.Rows;

/// <summary>Reads a column as the requested type.</summary>
internal static class FieldValue
{
    private static readonly Dictionary<Type, Func<LaneReader, int, object>> Readings = new()
    {
        [typeof(bool)] = static (row, at) => row.GetBoolean(at),
        [typeof(byte)] = static (row, at) => row.GetByte(at),
        [typeof(sbyte)] = static (row, at) => checked((sbyte)row.GetInt64(at)),
        [typeof(short)] = static (row, at) => row.GetInt16(at),
        [typeof(ushort)] = static (row, at) => checked((ushort)row.GetInt64(at)),
        [typeof(int)] = static (row, at) => row.GetInt32(at),
        [typeof(uint)] = static (row, at) => checked((uint)row.GetInt64(at)),
        [typeof(long)] = static (row, at) => row.GetInt64(at),
        [typeof(ulong)] = static (row, at) => unchecked((ulong)row.GetInt64(at)),   // as the driver writes it
        [typeof(float)] = static (row, at) => row.GetFloat(at),
        [typeof(double)] = static (row, at) => row.GetDouble(at),
        [typeof(decimal)] = static (row, at) => row.GetDecimal(at),
        [typeof(char)] = static (row, at) => row.GetChar(at),
        [typeof(string)] = static (row, at) => row.GetString(at),
        [typeof(byte[])] = static (row, at) => CellConversion.ToBlob(row.Filled(at)),
        [typeof(Guid)] = static (row, at) => row.GetGuid(at),
        [typeof(DateTime)] = static (row, at) => row.GetDateTime(at),
        [typeof(DateTimeOffset)] = static (row, at) => CellConversion.ToDateTimeOffset(row.Filled(at)),
        [typeof(DateOnly)] = static (row, at) => CellConversion.ToDateOnly(row.Filled(at)),
        [typeof(TimeOnly)] = static (row, at) => CellConversion.ToTimeOnly(row.Filled(at)),
        [typeof(TimeSpan)] = static (row, at) => CellConversion.ToTimeSpan(row.Filled(at)),
        [typeof(Stream)] = static (row, at) => row.GetStream(at),
        [typeof(TextReader)] = static (row, at) => row.GetTextReader(at),
    };

    /// <summary>Reads a value that is not NULL.</summary>
    public static T Read<T>(LaneReader row, int ordinal)
    {
        // The common types, which the JIT keeps only in their own instances of this method.
        if (typeof(T) == typeof(long))
        {
            return (T)(object)row.GetInt64(ordinal);
        }

        if (typeof(T) == typeof(int))
        {
            return (T)(object)row.GetInt32(ordinal);
        }

        if (typeof(T) == typeof(bool))
        {
            return (T)(object)row.GetBoolean(ordinal);
        }

        if (typeof(T) == typeof(double))
        {
            return (T)(object)row.GetDouble(ordinal);
        }

        var type = Nullable.GetUnderlyingType(typeof(T)) ?? typeof(T);
        if (type.IsEnum)
        {
            return (T)Enum.ToObject(type, Readings[type.GetEnumUnderlyingType()](row, ordinal));
        }

        return Readings.TryGetValue(type, out var reading) ? (T)reading(row, ordinal) : (T)row.GetValue(ordinal);
    }
}
