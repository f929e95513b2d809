using System.Data.Common;
using System.Diagnostics.CodeAnalysis;

namespace Millpond.Sqlite.Rows;

/// <content>The values of the current row.</content>
internal sealed partial class LaneReader
{
    private const DynamicallyAccessedMemberTypes Shown =
        DynamicallyAccessedMemberTypes.PublicFields | DynamicallyAccessedMemberTypes.PublicProperties;

    public override object this[int ordinal] => GetValue(ordinal);

    public override object this[string name] => GetValue(GetOrdinal(name));

    public override string GetName(int ordinal) => Open.Columns.NameOf(ordinal);

    public override int GetOrdinal(string name) => Open.Columns.Find(name);

    public override string GetDataTypeName(int ordinal) =>
        Open.Columns.TypeOf(ordinal) ?? ColumnAffinity.NameOf(_rows.Peek(ordinal));

    [return: DynamicallyAccessedMembers(Shown)]
    public override Type GetFieldType(int ordinal)
    {
        var cell = Open.Peek(ordinal);
        if (cell.IsNull)
        {
            var seen = _types?[_rows.Columns.Checked(ordinal)];
            return ColumnAffinity.TypeOf(seen ?? ColumnAffinity.DeclaredAs(GetDataTypeName(ordinal)));
        }

        _types ??= new Type?[Open.Columns.Count];
        _types[ordinal] = ColumnAffinity.TypeOf(cell);
        return ColumnAffinity.TypeOf(_types[ordinal]!);
    }

    public override bool IsDBNull(int ordinal) => Open[ordinal].IsNull;

    public override object GetValue(int ordinal) => Open[ordinal].ToObject();

    public override int GetValues(object[] values)
    {
        ArgumentNullException.ThrowIfNull(values);
        var count = Math.Min(values.Length, FieldCount);
        for (var i = 0; i < count; i++)
        {
            values[i] = GetValue(i);
        }

        return count;
    }

    public override bool GetBoolean(int ordinal) => GetInt64(ordinal) != 0;

    public override byte GetByte(int ordinal) => checked((byte)GetInt64(ordinal));

    public override short GetInt16(int ordinal) => checked((short)GetInt64(ordinal));

    public override int GetInt32(int ordinal) => checked((int)GetInt64(ordinal));

    public override long GetInt64(int ordinal) => CellConversion.ToInt64(Filled(ordinal));

    public override float GetFloat(int ordinal) => (float)GetDouble(ordinal);

    public override double GetDouble(int ordinal) => CellConversion.ToDouble(Filled(ordinal));

    public override decimal GetDecimal(int ordinal) => CellConversion.ToDecimal(Filled(ordinal));

    public override char GetChar(int ordinal) => CellConversion.ToChar(Filled(ordinal));

    public override string GetString(int ordinal) => CellConversion.ToText(Filled(ordinal));

    public override Guid GetGuid(int ordinal) => CellConversion.ToGuid(Filled(ordinal));

    public override DateTime GetDateTime(int ordinal) => CellConversion.ToDateTime(Filled(ordinal));

    public override long GetBytes(int ordinal, long dataOffset, byte[]? buffer, int bufferOffset, int length)
    {
        using var stream = GetStream(ordinal);
        if (buffer is null)
        {
            return stream.Length;
        }

        stream.Position = dataOffset;
        return stream.Read(buffer, bufferOffset, length);
    }

    public override long GetChars(int ordinal, long dataOffset, char[]? buffer, int bufferOffset, int length)
    {
        var text = GetString(ordinal);
        if (buffer is null)
        {
            return text.Length;
        }

        ArgumentOutOfRangeException.ThrowIfGreaterThan(dataOffset, text.Length);
        using var reader = new StringReader(text[(int)Math.Max(dataOffset, 0)..]);   // the driver treats a negative offset as 0
        return reader.Read(buffer, bufferOffset, length);
    }

    /// <summary>Gets a blob as a stream over the copied row. Reading it needs no I/O.</summary>
    public override Stream GetStream(int ordinal) => new MemoryStream(CellConversion.ToBlob(Filled(ordinal)), writable: false);

    public override TextReader GetTextReader(int ordinal) =>
        IsDBNull(ordinal) ? new StringReader("") : new StringReader(GetString(ordinal));

    public override T GetFieldValue<T>(int ordinal)
    {
        if (typeof(T) == typeof(object))
        {
            return (T)GetValue(ordinal);
        }

        if (IsDBNull(ordinal))
        {
            return typeof(T) == typeof(DBNull) ? (T)(object)DBNull.Value
                : Nullable.GetUnderlyingType(typeof(T)) is not null ? default!   // the driver throws, other providers do not
                : typeof(T).IsEnum ? throw new InvalidCastException(Null(ordinal).Message)
                : throw Null(ordinal);
        }

        return FieldValue.Read<T>(this, ordinal);
    }

    protected override DbDataReader GetDbDataReader(int ordinal) =>
        throw new NotSupportedException("SQLite has no nested readers.");

    internal ref readonly Cell Filled(int ordinal)
    {
        ref readonly var cell = ref Open[ordinal];
        if (cell.IsNull)
        {
            throw Null(ordinal);
        }

        return ref cell;
    }

    private static InvalidOperationException Null(int ordinal) => new(
        $"The data is NULL at ordinal {ordinal}. This method can't be called on NULL values. Check using IsDBNull before.");
}
