namespace Millpond.Testing.Resets;

/// <summary>A table of the template.</summary>
/// <param name="Name">The quoted name with its schema.</param>
/// <param name="Rows">The number of rows in the template.</param>
internal sealed record ShapedTable(string Name, long Rows)
{
    /// <summary>Gets the name without unnecessary parts.</summary>
    public string ShortName =>
        (Name.StartsWith("public.", StringComparison.Ordinal) ? Name["public.".Length..] : Name)
        .Replace("\"", "", StringComparison.Ordinal);
}
