namespace Millpond.Soak.Load;

/// <summary>What the end of a request says of the service.</summary>
internal enum EndKind
{
    /// <summary>2xx, and right.</summary>
    Done,

    /// <summary>The status that was to be expected: 404, 500 of the endpoint that throws.</summary>
    Expected,

    /// <summary>503 with Retry-After and a code.</summary>
    TurnedAway,

    /// <summary>500 MILL3006: the commit broke.</summary>
    CommitBroke,

    /// <summary>A stream broke in the middle, and its client noticed.</summary>
    StreamBroke,

    /// <summary>The client left.</summary>
    Left,

    /// <summary>Anything else.</summary>
    Wrong,
}
