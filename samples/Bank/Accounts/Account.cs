namespace Bank.Accounts;

/// <summary>An account and what lies in it.</summary>
/// <param name="Id">Given by the database; never given twice.</param>
/// <param name="Owner">Whose it is.</param>
/// <param name="Balance">Whole cents.</param>
internal sealed record Account(long Id, string Owner, long Balance);
