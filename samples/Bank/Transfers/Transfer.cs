namespace Bank.Transfers;

/// <summary>Money that was moved.</summary>
/// <param name="Id">Given by the database; never given twice.</param>
/// <param name="From">The account it left.</param>
/// <param name="To">The account it reached.</param>
/// <param name="Amount">Whole cents.</param>
internal sealed record Transfer(long Id, long From, long To, long Amount);
