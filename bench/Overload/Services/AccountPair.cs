namespace Millpond.Overload.Services;

/// <summary>Two of the 1,000 accounts, the lower id first, and the amount to move.</summary>
/// <param name="Low">The lower id.</param>
/// <param name="High">The higher id.</param>
/// <param name="Amount">The amount for the second account; negative to debit it.</param>
internal readonly record struct AccountPair(int Low, int High, int Amount)
{
    private const int Accounts = 1_000;
    private const int Most = 100;

    public static AccountPair Random()
    {
        var one = System.Random.Shared.Next(1, Accounts + 1);
        var other = System.Random.Shared.Next(1, Accounts);
        other += other >= one ? 1 : 0;
        return new AccountPair(Math.Min(one, other), Math.Max(one, other), System.Random.Shared.Next(-Most, Most + 1));
    }
}
