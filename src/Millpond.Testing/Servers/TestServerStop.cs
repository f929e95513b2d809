namespace Millpond;

/// <summary>How a <see cref="TestServer"/> is stopped.</summary>
public enum TestServerStop
{
    /// <summary>Every connection gets SQLSTATE 57P01 and is closed; then the server shuts down in order.</summary>
    Fast,

    /// <summary>The server ends as in a crash, and recovers when it is started again.</summary>
    Immediate,
}
