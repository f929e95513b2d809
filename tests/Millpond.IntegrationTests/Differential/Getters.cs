using System.Data.Common;

namespace Millpond.IntegrationTests.Differential;

/// <summary>Every way to read the first column of a row.</summary>
internal static class Getters
{
    private static readonly CancellationToken Cancelled = new(canceled: true);

    // Where in a buffer of four, and how many.
    private static readonly (int At, int Count)[] Parts =
        [(0, 0), (0, 1), (0, 4), (0, 5), (2, 2), (3, 2), (4, 0), (5, 0), (-1, 1), (0, -1)];

    public static IEnumerable<(string Name, Func<DbDataReader, Task<object?>> Read)> All(Type[] types)
    {
        foreach (var (name, read) in Plain())
        {
            yield return (name, Read(read));
        }

        yield return ("IsDBNullAsync", static async row => await row.IsDBNullAsync(0, default));
        yield return ("IsDBNullAsync, cancelled", static async row => await row.IsDBNullAsync(0, Cancelled));
        yield return (
            "GetFieldValueAsync<object>, cancelled", static async row => await row.GetFieldValueAsync<object>(0, Cancelled));
        foreach (var type in types)
        {
            var typed = (ITyped)Activator.CreateInstance(typeof(Typed<>).MakeGenericType(type))!;
            yield return ($"GetFieldValue<{type}>", row => Task.FromResult(typed.Read(row)));
            yield return ($"GetFieldValueAsync<{type}>", typed.ReadAsync);
        }
    }

    /// <summary>Readings of bytes or characters at and beyond every bound.</summary>
    /// <param name="length">How long the value is.</param>
    public static IEnumerable<(string Name, Func<DbDataReader, Task<object?>> Read)> Bounds(int length)
    {
        foreach (var offset in (long[])[-1, 0, 1, length - 1, length, length + 1, int.MaxValue])
        {
            yield return ($"GetBytes({offset}, null)", Read(row => row.GetBytes(0, offset, null, 0, 0)));
            yield return ($"GetChars({offset}, null)", Read(row => row.GetChars(0, offset, null, 0, 0)));
            foreach (var (at, count) in Parts)
            {
                yield return ($"GetBytes({offset}, 4 bytes, {at}, {count})", Read(row => Bytes(row, offset, at, count)));
                yield return ($"GetChars({offset}, 4 chars, {at}, {count})", Read(row => Chars(row, offset, at, count)));
            }
        }
    }

    private static Func<DbDataReader, Task<object?>> Read(Func<DbDataReader, object?> read) => row => Task.FromResult(read(row));

    private static object[] Bytes(DbDataReader row, long offset, int at, int count)
    {
        var buffer = new byte[4];
        return [row.GetBytes(0, offset, buffer, at, count), buffer];
    }

    private static object[] Chars(DbDataReader row, long offset, int at, int count)
    {
        var buffer = new[] { '.', '.', '.', '.' };
        return [row.GetChars(0, offset, buffer, at, count), buffer];
    }

    private static IEnumerable<(string Name, Func<DbDataReader, object?> Read)> Plain() =>
    [
        ("FieldCount", static row => row.FieldCount),
        ("VisibleFieldCount", static row => row.VisibleFieldCount),
        ("HasRows", static row => row.HasRows),
        ("Depth", static row => row.Depth),
        ("IsClosed", static row => row.IsClosed),
        ("RecordsAffected", static row => row.RecordsAffected),
        ("GetName", static row => row.GetName(0)),
        ("GetName(-1)", static row => row.GetName(-1)),
        ("GetName(9)", static row => row.GetName(9)),
        ("GetOrdinal", static row => row.GetOrdinal("value")),
        ("GetOrdinal(nowhere)", static row => row.GetOrdinal("nowhere")),
        ("GetDataTypeName", static row => row.GetDataTypeName(0)),
        ("GetFieldType", static row => row.GetFieldType(0)),
        ("GetProviderSpecificFieldType", static row => row.GetProviderSpecificFieldType(0)),
        ("GetProviderSpecificValue", static row => row.GetProviderSpecificValue(0)),
        ("[0]", static row => row[0]),
        ("[value]", static row => row["value"]),
        ("GetValue", static row => row.GetValue(0)),
        ("GetValue(9)", static row => row.GetValue(9)),
        ("GetValue(-1)", static row => row.GetValue(-1)),
        ("GetValues", static row =>
        {
            var values = new object[3];
            return new object[] { row.GetValues(values), values };
        }),
        ("IsDBNull", static row => row.IsDBNull(0)),
        ("GetBoolean", static row => row.GetBoolean(0)),
        ("GetByte", static row => row.GetByte(0)),
        ("GetInt16", static row => row.GetInt16(0)),
        ("GetInt32", static row => row.GetInt32(0)),
        ("GetInt64", static row => row.GetInt64(0)),
        ("GetFloat", static row => row.GetFloat(0)),
        ("GetDouble", static row => row.GetDouble(0)),
        ("GetDecimal", static row => row.GetDecimal(0)),
        ("GetChar", static row => row.GetChar(0)),
        ("GetString", static row => row.GetString(0)),
        ("GetGuid", static row => row.GetGuid(0)),
        ("GetDateTime", static row => row.GetDateTime(0)),
        ("GetTextReader", static row => row.GetTextReader(0).ReadToEnd()),
        ("GetStream", static row =>
        {
            using var stream = row.GetStream(0);
            using var copy = new MemoryStream();
            stream.CopyTo(copy);
            return copy.ToArray();
        }),
    ];

    private interface ITyped
    {
        object? Read(DbDataReader row);

        Task<object?> ReadAsync(DbDataReader row);
    }

    private sealed class Typed<T> : ITyped
    {
        public object? Read(DbDataReader row) => row.GetFieldValue<T>(0);

        public async Task<object?> ReadAsync(DbDataReader row) => await row.GetFieldValueAsync<T>(0, default);
    }
}
