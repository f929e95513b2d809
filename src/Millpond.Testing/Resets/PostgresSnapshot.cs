namespace Millpond.Testing.Resets;

/// <param name="horizon">The first unused transaction id.</param>
/// <param name="rows">The number of rows of each table.</param>
internal sealed class PostgresSnapshot(string horizon, IReadOnlyList<long> rows) : DatabaseSnapshot
{
    public IReadOnlyList<long> Rows => rows;

    /// <summary>Gets the condition of rows that were written since.</summary>
    /// <remarks>Every committed change creates a row version with the id of its transaction.</remarks>
    public string IsNewer => $"age(xmin) <= age('{horizon}'::xid)";
}
