namespace Millpond.Testing.Resets;

/// <param name="horizon">The first transaction number that was free.</param>
/// <param name="rows">How many rows each table had.</param>
internal sealed class PostgresSnapshot(string horizon, IReadOnlyList<long> rows) : DatabaseSnapshot
{
    public string Horizon => horizon;

    public IReadOnlyList<long> Rows => rows;

    /// <summary>The condition of rows that were written since.</summary>
    /// <remarks>Every committed change is a new row version, which carries the number of its transaction.</remarks>
    public string IsNewer => $"age(xmin) <= age('{horizon}'::xid)";
}
