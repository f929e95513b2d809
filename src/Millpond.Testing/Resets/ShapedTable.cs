namespace Millpond.Testing.Resets;

/// <summary>A table of the template.</summary>
/// <param name="Name">Its name with its schema, quoted.</param>
/// <param name="Rows">How many rows the template has in it.</param>
internal sealed record ShapedTable(string Name, long Rows)
{
    /// <summary>Gets the name as people write it.</summary>
    public string ShortName =>
        (Name.StartsWith("public.", StringComparison.Ordinal) ? Name["public.".Length..] : Name)
        .Replace("\"", "", StringComparison.Ordinal);
}
