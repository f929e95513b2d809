namespace Millpond.IntegrationTests.Bank;

/// <summary>What a client knows of a transfer that it asked for.</summary>
internal enum TransferFate
{
    /// <summary>It was told 201: the transfer must be there, once.</summary>
    Made,

    /// <summary>It was told no, or reached nobody: the transfer must not be there.</summary>
    Refused,

    /// <summary>It was told that the outcome is unknown, or nothing: once or not at all.</summary>
    Unknown,

    /// <summary>It was told what no client can make sense of.</summary>
    Wrong,
}
