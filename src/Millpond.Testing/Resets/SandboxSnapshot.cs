namespace Millpond.Testing.Resets;

/// <param name="rows">How many rows each table had.</param>
/// <param name="sums">A sum over the rows of each table.</param>
internal sealed class SandboxSnapshot(IReadOnlyList<long> rows, IReadOnlyList<string> sums) : DatabaseSnapshot
{
    public IReadOnlyList<long> Rows => rows;

    public IReadOnlyList<string> Sums => sums;
}
