namespace Millpond.Testing.Sweeps;

/// <summary>A fault that a sweep tries at every statement and COMMIT.</summary>
/// <param name="Name">The description, for messages.</param>
/// <param name="LosesAnswer">Whether the test cannot know the outcome of what it sent, possibly including a COMMIT.</param>
/// <param name="Point">Converts a place to the fault.</param>
internal sealed record SweepFault(string Name, bool LosesAnswer, Func<FaultPoint, FaultPoint> Point)
{
    public static readonly SweepFault Cancellation = new(
        "the caller cancels", true, static at => at with { Kind = FaultKind.Delay, Wait = TimeSpan.FromMinutes(1) });

    public static readonly IReadOnlyList<SweepFault> All =
    [
        new("the connection is cut before", false, static at => at with { Kind = FaultKind.Reset }),
        new(
            "the connection is cut after the server acted", true,
            static at => at with { Kind = FaultKind.Reset, WhenAnswered = true }),
        Error("40001", "a serialization conflict"),
        Error("40P01", "a deadlock"),
        Error("53300", "too many connections"),
        Error("57P01", "the server shuts down"),
        Error("57014", "a statement timeout"),
        Cancellation,
    ];

    private static SweepFault Error(string sqlState, string name) => new(
        $"{name} ({sqlState})", false, at => at with { Kind = FaultKind.Error, SqlState = sqlState });
}
