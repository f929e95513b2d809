using System.Collections.Concurrent;
using Xunit;

namespace Millpond.IntegrationTests.Bank;

/// <summary>What a crowd's clients were told, to be compared with what the database holds.</summary>
/// <remarks>Safe for use from many clients at once.</remarks>
internal sealed class TransferLedger
{
    private readonly ConcurrentQueue<TransferAttempt> _attempts = new();
    private int _made;

    public IReadOnlyCollection<TransferAttempt> Attempts => _attempts;

    /// <summary>Gets how many clients were told 201.</summary>
    public int Made => Volatile.Read(ref _made);

    public void Enter(TransferAttempt attempt)
    {
        _attempts.Enqueue(attempt);
        if (attempt.Reply.Fate == TransferFate.Made)
        {
            Interlocked.Increment(ref _made);
        }
    }

    /// <summary>Says how often clients were told what.</summary>
    public string Summary() => string.Join(
        ", ",
        _attempts.GroupBy(a => a.Reply.What).OrderByDescending(g => g.Count()).Select(g => $"{g.Count()} × {g.Key}"));

    /// <summary>Asserts that no client was told anything else.</summary>
    public void AssertOnly(params string[] replies) => Assert.Subset(
        replies.ToHashSet(StringComparer.Ordinal), _attempts.Select(a => a.Reply.What).ToHashSet(StringComparer.Ordinal));

    /// <summary>
    /// Asserts that every 201 is there once, every refusal is not, what is unknown is there once or not at all, and every
    /// account holds what it had at first and what was moved; no client was told nonsense or waited in vain.
    /// </summary>
    /// <returns>Those whose outcome was unknown to the client, and which are there.</returns>
    public async Task<IReadOnlyList<TransferAttempt>> ReconcileAsync(BankDatabase database, long opening)
    {
        var books = await BankBooks.ReadAsync(database);
        var byMark = books.Transfers.ToLookup(t => t.Amount);
        var marks = _attempts.Select(a => a.Amount).ToHashSet();

        None("Answers that mean nothing", _attempts.Where(a => a.Reply.Fate == TransferFate.Wrong));
        None("No answer in time", _attempts.Where(a => a.Reply.What == TransferReply.Late));
        None("There twice", byMark.Where(same => same.Count() > 1).Select(same => same.First()));
        None("There, asked for by nobody", books.Transfers.Where(t => !marks.Contains(t.Amount)));
        None("Told 201, and not there", _attempts.Where(a => a.Reply.Fate == TransferFate.Made
            && !byMark[a.Amount].Contains(new BankBooks.Transfer(a.Reply.Id!.Value, a.From, a.To, a.Amount))));
        None("Refused, and there", _attempts.Where(a => a.Reply.Fate == TransferFate.Refused && byMark.Contains(a.Amount)));
        Assert.All(books.Accounts, a => Assert.Equal(opening + books.In(a.Id) - books.Out(a.Id), a.Balance));
        Assert.Equal(opening * books.Accounts.Count, books.Accounts.Sum(a => a.Balance));
        return [.. _attempts.Where(a => a.Reply.Fate == TransferFate.Unknown && byMark.Contains(a.Amount))];
    }

    private static void None(string what, IEnumerable<object> found)
    {
        var all = found.ToList();
        Assert.True(all.Count == 0, $"{what}: {all.Count}, the first of them {all.FirstOrDefault()}");
    }
}
