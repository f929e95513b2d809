namespace Bank.Input;

/// <summary>Amounts are whole cents in a <see langword="long"/>.</summary>
internal static class Money
{
    /// <summary>The most that an account may hold or a transfer may move.</summary>
    public const long Most = 1_000_000_000_000_000;
}
