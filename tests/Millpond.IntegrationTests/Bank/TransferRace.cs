using Xunit;

namespace Millpond.IntegrationTests.Bank;

/// <summary>Sixteen clients that move more money between twenty accounts than there is.</summary>
internal static class TransferRace
{
    private const int Accounts = 20;
    private const int Clients = 16;

    /// <summary>Runs it, and asserts that everybody got 201 or 409 and no cent was lost.</summary>
    /// <param name="bank">The bank.</param>
    /// <param name="conflicts">Whether a client may be told that another was in its way: then it asks again.</param>
    public static async Task RunAsync(BankClient bank, bool conflicts = false)
    {
        var accounts = new List<long>();
        for (var i = 0; i < Accounts; i++)
        {
            accounts.Add(await bank.OpenAccountAsync(100));
        }

        var before = await bank.TotalsAsync();

        var answers = (await Task.WhenAll(Enumerable.Range(0, Clients).Select(RaceAsync))).SelectMany(a => a).ToList();

        var moved = answers.Where(a => a.Status == 201).Select(a => a.Json).ToList();
        Assert.Equal([201, 409], answers.Select(a => a.Status).Distinct().Order());
        Assert.Equal(before with { Transfers = before.Transfers + moved.Count }, await bank.TotalsAsync());
        foreach (var account in accounts)
        {
            var expected = 100
                + moved.Where(t => t.GetProperty("to").GetInt64() == account).Sum(t => t.GetProperty("amount").GetInt64())
                - moved.Where(t => t.GetProperty("from").GetInt64() == account).Sum(t => t.GetProperty("amount").GetInt64());
            Assert.Equal(expected, await bank.BalanceAsync(account));
            Assert.InRange(expected, 0, long.MaxValue);
        }

        async Task<List<Answer>> RaceAsync(int client)
        {
            var dice = new Random(client);
            var got = new List<Answer>();
            for (var i = 0; i < 25; i++)
            {
                var from = dice.Next(Accounts);
                var to = (from + 1 + dice.Next(Accounts - 1)) % Accounts;
                got.Add(await AskAsync(accounts[from], accounts[to], dice.Next(1, 120)));
            }

            return got;
        }

        async Task<Answer> AskAsync(long from, long to, long amount)
        {
            while (true)
            {
                var answer = await bank.TransferAsync(from, to, amount);
                if (!conflicts || TransferReply.Of(answer, from, to, amount, lacksMoney: false).What != TransferReply.Conflict)
                {
                    return answer;
                }
            }
        }
    }
}
