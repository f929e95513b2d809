namespace Millpond.Overload.Runs;

/// <summary>How a request ended, as far as its client cares.</summary>
internal enum RequestEnd
{
    /// <summary>It was never sent, or had no answer when the run ended.</summary>
    None,

    /// <summary>2xx within the deadline.</summary>
    Done,

    /// <summary>503: a definite no.</summary>
    Rejected,

    /// <summary>Any other answer, or a broken connection.</summary>
    Failed,

    /// <summary>The client gave up.</summary>
    Deadline,
}
