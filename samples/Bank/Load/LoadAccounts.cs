using System.Collections.Concurrent;
using System.Globalization;
using Bank.Accounts;

namespace Bank.Load;

/// <summary>The accounts of a run: those of earlier runs, and new ones if there are too few.</summary>
internal static class LoadAccounts
{
    /// <summary>The initial balance in cents.</summary>
    private const long Opening = 100_000;

    private const int AtOnce = 8;

    /// <summary>Returns the ids in ascending order and the number of new accounts. Prints a line first, because it may take a
    /// while.</summary>
    /// <exception cref="LoadFailure">The address is not a bank, or it does not respond.</exception>
    public static async Task<(IReadOnlyList<long> Accounts, int Opened)> PrepareAsync(
        BankApi bank, int count, Action<int> opening, CancellationToken cancellationToken)
    {
        var missing = Enumerable.Range(1, count).Select(Owner).ToHashSet(StringComparer.Ordinal);
        var accounts = new ConcurrentBag<long>();
        await foreach (var account in bank.AccountsAsync(cancellationToken))
        {
            if (missing.Remove(account.Owner))
            {
                accounts.Add(account.Id);
            }
        }

        if (missing.Count > 0)
        {
            opening(missing.Count);
        }

        var parallel = new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(missing.Order(StringComparer.Ordinal), parallel, async (owner, token) =>
            accounts.Add((await bank.OpenAsync(new NewAccount { Owner = owner, Balance = Opening }, token)).Id));
        return accounts.Distinct().Count() == accounts.Count
            ? ([.. accounts.Order()], missing.Count)
            : throw new LoadFailure($"{bank.Address} opened two accounts with the same id. Is it a bank?");
    }

    /// <summary>Reads the current balances of these accounts.</summary>
    /// <exception cref="LoadFailure">The address is not a bank, or it does not respond.</exception>
    public static async Task<Dictionary<long, long>> BalancesAsync(
        BankApi bank, IReadOnlyList<long> accounts, CancellationToken cancellationToken)
    {
        var (wanted, balances) = (accounts.ToHashSet(), new Dictionary<long, long>());
        await foreach (var account in bank.AccountsAsync(cancellationToken))
        {
            if (wanted.Contains(account.Id))
            {
                balances[account.Id] = account.Balance;
            }
        }

        return balances;
    }

    private static string Owner(int number) => string.Create(CultureInfo.InvariantCulture, $"load {number:D6}");
}
