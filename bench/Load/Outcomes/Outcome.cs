namespace Millpond.Load.Outcomes;

/// <summary>How a request ended: requests with the same name are counted together.</summary>
/// <param name="Name">As the table shows it: <c>201 Created</c>, <c>503 MILL1001</c>, <c>connection refused</c>.</param>
/// <param name="Kind">What that says about the work.</param>
public readonly record struct Outcome(string Name, OutcomeKind Kind)
{
    /// <summary>Gets the outcome of a request that the client's own deadline ended.</summary>
    public static Outcome Deadline { get; } = new("client deadline", OutcomeKind.Unknown);

    /// <summary>Gets the outcome of a request without an answer when the run's patience ended.</summary>
    public static Outcome Unanswered { get; } = new("no answer by the end", OutcomeKind.Unknown);

    /// <summary>The outcome of a request that ended in a way of its own where there are too many ways for a table.</summary>
    /// <param name="kind">What that says about the work.</param>
    public static Outcome Other(OutcomeKind kind) => new("any other", kind);

    /// <summary>Gets the outcome of an arrival that found too many requests outstanding.</summary>
    public static Outcome NotSent { get; } = new("not sent", OutcomeKind.NotSent);
}
