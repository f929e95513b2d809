using SQLitePCL;

namespace Millpond.Sqlite.Rows;

/// <summary>The columns of a result. Immutable.</summary>
internal sealed class ColumnSet
{
    private readonly string[] _names;
    private readonly string?[] _types;

    private ColumnSet(string[] names, string?[] types)
    {
        _names = names;
        _types = types;
    }

    public static ColumnSet None { get; } = new([], []);

    public int Count => _names.Length;

    /// <summary>Reads them from a statement. On a lane's thread.</summary>
    public static ColumnSet Read(sqlite3_stmt statement)
    {
        var names = new string[raw.sqlite3_column_count(statement)];
        var types = new string?[names.Length];
        for (var i = 0; i < names.Length; i++)
        {
            names[i] = raw.sqlite3_column_name(statement, i).utf8_to_string();
            var type = raw.sqlite3_column_decltype(statement, i).utf8_to_string();
            types[i] = type?.IndexOf('(', StringComparison.Ordinal) is { } at and >= 0 ? type[..at] : type;
        }

        return new ColumnSet(names, types);
    }

    public string NameOf(int ordinal) => _names[Checked(ordinal)];

    /// <summary>Gets the declared type of a column; null for an expression.</summary>
    public string? TypeOf(int ordinal) => _types[Checked(ordinal)];

    /// <summary>Finds a column by its exact name, or else ignoring case.</summary>
    public int Find(string name)
    {
        var found = Array.IndexOf(_names, name);
        return found >= 0 ? found : FindIgnoringCase(name);
    }

    public int Checked(int ordinal) => (uint)ordinal < (uint)_names.Length
        ? ordinal
        : throw new ArgumentOutOfRangeException(nameof(ordinal), ordinal, $"The result has {_names.Length} columns.");

    private int FindIgnoringCase(string name)
    {
        var found = Array.FindIndex(_names, other => other.Equals(name, StringComparison.OrdinalIgnoreCase));
        if (found < 0)
        {
            throw new ArgumentOutOfRangeException(nameof(name), name, "The result has no such column.");
        }

        return Array.FindIndex(_names, found + 1, other => other.Equals(name, StringComparison.OrdinalIgnoreCase)) < 0
            ? found
            : throw new InvalidOperationException($"Several columns differ from '{name}' only in case; use the exact name.");
    }
}
