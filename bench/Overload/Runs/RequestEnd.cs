namespace Millpond.Overload.Runs;

/// <summary>The end of a request, as seen by its client.</summary>
internal enum RequestEnd
{
    /// <summary>It was not sent, or had no response at the end of the run.</summary>
    None,

    /// <summary>2xx within the deadline.</summary>
    Done,

    /// <summary>503: a definite rejection.</summary>
    Rejected,

    /// <summary>Any other response, or a broken connection.</summary>
    Failed,

    /// <summary>The client gave up at its deadline.</summary>
    Deadline,
}
