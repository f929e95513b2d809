using System.Diagnostics.CodeAnalysis;

namespace Millpond.Sqlite.Rows;

/// <summary>The types of columns: the type of the value, or the declared type
/// (https://www.sqlite.org/datatype3.html).</summary>
internal static class ColumnAffinity
{
    private const DynamicallyAccessedMemberTypes Shown =
        DynamicallyAccessedMemberTypes.PublicFields | DynamicallyAccessedMemberTypes.PublicProperties;

    public static string NameOf(in Cell cell) =>
        cell.IsInteger ? "INTEGER"
        : cell.IsReal ? "REAL"
        : cell.Text is not null ? "TEXT"
        : "BLOB";

    public static Type TypeOf(in Cell cell) =>
        cell.IsInteger ? typeof(long)
        : cell.IsReal ? typeof(double)
        : cell.Text is not null ? typeof(string)
        : typeof(byte[]);

    /// <summary>Gets the type in a way that the trimmer understands.</summary>
    [return: DynamicallyAccessedMembers(Shown)]
    public static Type TypeOf(Type type) =>
        type == typeof(long) ? typeof(long)
        : type == typeof(double) ? typeof(double)
        : type == typeof(string) ? typeof(string)
        : typeof(byte[]);

    /// <summary>Gets the type of a declared name, by SQLite's rules in their order; numeric affinity counts as text, as in the
    /// driver.</summary>
    public static Type DeclaredAs(string name) =>
        Has(name, "INT") ? typeof(long)
        : Has(name, "CHAR") || Has(name, "CLOB") || Has(name, "TEXT") ? typeof(string)
        : Has(name, "BLOB") ? typeof(byte[])
        : Has(name, "REAL") || Has(name, "FLOA") || Has(name, "DOUB") ? typeof(double)
        : typeof(string);

    private static bool Has(string name, string part) => name.Contains(part, StringComparison.OrdinalIgnoreCase);
}
