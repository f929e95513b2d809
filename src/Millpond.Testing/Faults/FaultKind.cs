namespace Millpond;

/// <summary>What happens to a connection.</summary>
public enum FaultKind
{
    /// <summary>Both ends receive a reset, as from a firewall that dropped the connection or a machine that
    /// restarted.</summary>
    Reset,

    /// <summary>Both ends receive an orderly end, as from a server or proxy that was shut down.</summary>
    Close,

    /// <summary>Nothing passes in either direction, and neither end is notified, as with an unplugged cable.</summary>
    BlackHole,

    /// <summary>The server is notified that the client has finished; what the server sends still passes.</summary>
    HalfCloseToServer,

    /// <summary>The client is notified that the server has finished; what the client sends still passes.</summary>
    HalfCloseToClient,

    /// <summary>The server answers the statement with the error <see cref="FaultPoint.SqlState"/>, without running
    /// it.</summary>
    Error,

    /// <summary>The message and what follows it are delayed by <see cref="FaultPoint.Wait"/>.</summary>
    Delay,
}
