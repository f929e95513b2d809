using SQLitePCL;

namespace Millpond.Sqlite.Rows;

/// <summary>One value of a row, copied out of SQLite.</summary>
/// <remarks>Numbers are stored in <see cref="_bits"/>, distinguished by a marker; texts and blobs are objects; NULL is
/// empty.</remarks>
internal readonly struct Cell
{
    private static readonly object IntegerMarker = new();
    private static readonly object RealMarker = new();

    private readonly object? _content;
    private readonly long _bits;

    private Cell(object? content, long bits)
    {
        _content = content;
        _bits = bits;
    }

    public bool IsNull => _content is null;

    public bool IsInteger => ReferenceEquals(_content, IntegerMarker);

    public bool IsReal => ReferenceEquals(_content, RealMarker);

    public string? Text => _content as string;

    public byte[]? Blob => _content as byte[];

    public long Integer => _bits;

    public double Real => BitConverter.Int64BitsToDouble(_bits);

    /// <summary>Gets its approximate memory size, without the struct itself.</summary>
    public int Size => _content switch
    {
        string text => text.Length * 2,
        byte[] blob => blob.Length,
        _ => 0,
    };

    /// <summary>Copies a column of a statement's current row. On a lane's thread.</summary>
    public static Cell Read(sqlite3_stmt statement, int column) => raw.sqlite3_column_type(statement, column) switch
    {
        raw.SQLITE_INTEGER => new Cell(IntegerMarker, raw.sqlite3_column_int64(statement, column)),
        raw.SQLITE_FLOAT => new Cell(RealMarker, BitConverter.DoubleToInt64Bits(raw.sqlite3_column_double(statement, column))),
        raw.SQLITE_TEXT => new Cell(raw.sqlite3_column_text(statement, column).utf8_to_string(), 0),
        raw.SQLITE_BLOB => new Cell(raw.sqlite3_column_blob(statement, column).ToArray(), 0),
        _ => default,
    };

    /// <summary>Gets the value as SQLite's own type.</summary>
    public object ToObject() =>
        IsInteger ? _bits
        : IsReal ? Real
        : _content ?? DBNull.Value;
}
