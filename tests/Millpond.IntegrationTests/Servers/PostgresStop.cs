namespace Millpond.IntegrationTests.Servers;

/// <summary>How a server of a test's own is stopped.</summary>
internal enum PostgresStop
{
    /// <summary>Every connection is told 57P01 and closed, then the server ends in order.</summary>
    Fast,

    /// <summary>The server ends as in a crash, and recovers when it starts again.</summary>
    Immediate,
}
