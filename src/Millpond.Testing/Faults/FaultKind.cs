namespace Millpond;

/// <summary>What happens to a connection.</summary>
public enum FaultKind
{
    /// <summary>Both ends get a reset, as from a firewall that forgot the connection or a machine that restarted.</summary>
    Reset,

    /// <summary>Both ends get an orderly end, as from a server that was shut down or a proxy that was.</summary>
    Close,

    /// <summary>Nothing passes any more, in either direction, and nobody is told: a cable that was pulled.</summary>
    BlackHole,

    /// <summary>The server is told that the client has finished; what the server still says passes.</summary>
    HalfCloseToServer,

    /// <summary>The client is told that the server has finished; what the client still says passes.</summary>
    HalfCloseToClient,

    /// <summary>The server answers the statement with an error of <see cref="FaultPoint.SqlState"/>, without having run it.
    /// </summary>
    Error,

    /// <summary>The message and what follows it are held back for <see cref="FaultPoint.Wait"/>.</summary>
    Delay,
}
