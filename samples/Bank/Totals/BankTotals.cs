namespace Bank.Totals;

/// <summary>The totals of the bank at one instant.</summary>
/// <param name="Accounts">The number of accounts.</param>
/// <param name="Balance">The sum of all balances in cents, without overflow.</param>
/// <param name="Transfers">The number of transfers.</param>
internal sealed record BankTotals(long Accounts, Int128 Balance, long Transfers);
