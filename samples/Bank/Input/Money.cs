namespace Bank.Input;

/// <summary>Amounts are whole cents in a <see langword="long"/>.</summary>
internal static class Money
{
    /// <summary>The maximum balance of an account and the maximum amount of a transfer.</summary>
    public const long Most = 1_000_000_000_000_000;
}
