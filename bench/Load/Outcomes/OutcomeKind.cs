namespace Millpond.Load.Outcomes;

/// <summary>What an outcome says about the work that was asked for.</summary>
public enum OutcomeKind
{
    /// <summary>It was done.</summary>
    Done,

    /// <summary>The answer is a definite no: nothing was done.</summary>
    Refused,

    /// <summary>There was no answer, or one that leaves it open: it may have been done or not.</summary>
    Unknown,

    /// <summary>It was due and never sent.</summary>
    NotSent,
}
