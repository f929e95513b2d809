namespace Millpond.Soak.Load;

/// <summary>What the end of a request shows about the service.</summary>
internal enum EndKind
{
    /// <summary>2xx with a correct body.</summary>
    Done,

    /// <summary>An expected status: 404, or 500 of the endpoint that throws.</summary>
    Expected,

    /// <summary>503 with Retry-After and a code.</summary>
    TurnedAway,

    /// <summary>500 MILL3006: the outcome of the commit is unknown.</summary>
    CommitBroke,

    /// <summary>A stream broke in the middle, and the client noticed.</summary>
    StreamBroke,

    /// <summary>The client disconnected.</summary>
    Left,

    /// <summary>Anything else.</summary>
    Wrong,
}
