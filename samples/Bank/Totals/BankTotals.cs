namespace Bank.Totals;

/// <summary>The whole bank at one instant.</summary>
/// <param name="Accounts">How many accounts there are.</param>
/// <param name="Balance">What lies in all of them, in whole cents; exact, however much it is.</param>
/// <param name="Transfers">How many transfers were made.</param>
internal sealed record BankTotals(long Accounts, Int128 Balance, long Transfers);
