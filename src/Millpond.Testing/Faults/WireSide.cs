namespace Millpond;

/// <summary>Who sent something.</summary>
public enum WireSide
{
    /// <summary>The driver.</summary>
    Client,

    /// <summary>PostgreSQL.</summary>
    Server,
}
