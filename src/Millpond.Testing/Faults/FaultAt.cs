namespace Millpond;

/// <summary>Where a fault happens in a test's conversation with the server.</summary>
public sealed class FaultAt
{
    private readonly FaultPoint _point;

    private FaultAt(FaultPoint point) => _point = point;

    /// <summary>Gets the next COMMIT, before it reaches the server.</summary>
    public static FaultAt Commit { get; } = new(new FaultPoint(default, WireSide.Client, 1) { Text = "commit" });

    /// <summary>Gets the next COMMIT, after the server has committed and before its answer arrives.</summary>
    public static FaultAt CommitAnswer { get; } = new(
        new FaultPoint(default, WireSide.Client, 1) { Text = "commit", WhenAnswered = true });

    /// <summary>Gets the n-th statement of transactions from now on, before it reaches the server.</summary>
    /// <param name="number">1 or more. BEGIN, COMMIT, ROLLBACK and savepoints do not count.</param>
    /// <returns>The place.</returns>
    public static FaultAt Statement(int number)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(number, 1);
        return new(new FaultPoint(default, WireSide.Client, number) { IsStatement = true });
    }

    internal FaultPoint With(FaultKind kind) => _point with { Kind = kind };
}
