using System.Globalization;
using Bank.Transfers;
using Millpond.Load.Outcomes;

namespace Bank.Load;

/// <summary>Compares the responses of a run with the bank's books.</summary>
internal sealed class Audit
{
    private readonly List<string> _faults = [];

    private Audit(Int128 before, Int128 after) => (Before, After) = (before, after);

    /// <summary>Gets the discrepancies; empty if there are none.</summary>
    public IReadOnlyList<string> Faults => _faults;

    /// <summary>Gets the total balance of the accounts before the run, in cents.</summary>
    public Int128 Before { get; }

    /// <summary>Gets the total balance of the accounts after the run, in cents.</summary>
    public Int128 After { get; }

    /// <summary>Gets the number of transfers with a 201 response.</summary>
    public int Confirmed { get; private set; }

    /// <summary>Gets the number of transfers that were definitely rejected.</summary>
    public int Refused { get; private set; }

    /// <summary>Gets the number of transfers without a definite response.</summary>
    public int Unknown { get; private set; }

    /// <summary>Gets how many of those are in the books.</summary>
    public int UnknownBooked { get; private set; }

    /// <summary>Gets the number of other clients' transfers with these accounts.</summary>
    public int Foreign { get; private set; }

    /// <param name="attempts">All requested transfers.</param>
    /// <param name="before">The accounts of the run and their balances before it.</param>
    /// <param name="after">Their balances now.</param>
    /// <param name="books">All transfers since then, read before <paramref name="after"/>.</param>
    /// <param name="alone">Whether no other client uses this bank.</param>
    public static Audit Make(
        IReadOnlyCollection<Attempt> attempts, IReadOnlyDictionary<long, long> before,
        IReadOnlyDictionary<long, long> after, IReadOnlyList<Transfer> books, bool alone)
    {
        var audit = new Audit(Sum(before), Sum(after))
        {
            Confirmed = attempts.Count(attempt => attempt.Kind == OutcomeKind.Done),
            Refused = attempts.Count(attempt => attempt.Kind == OutcomeKind.Refused),
            Unknown = attempts.Count(attempt => attempt.Kind == OutcomeKind.Unknown),
        };
        var rest = audit.TakeConfirmed(attempts, books);
        audit.Explain(rest, attempts, before, alone);
        audit.CompareBalances(before, after, books);
        return audit;
    }

    /// <summary>Compares the bank's own totals, if it has no other accounts and no other clients.</summary>
    public void CompareTotals(BankApi.TotalsNow before, BankApi.TotalsNow after, int accounts, int transfers)
    {
        var expected = new BankApi.TotalsNow(accounts, (decimal)After, before.Transfers + transfers);
        if (after != expected)
        {
            _faults.Add(Text($"The bank's totals are {after}, and its lists say {expected}."));
        }
    }

    /// <summary>Each 201 must be in the books exactly once, with the requested values. Returns the remaining
    /// transfers.</summary>
    private List<Transfer> TakeConfirmed(IReadOnlyCollection<Attempt> attempts, IReadOnlyList<Transfer> books)
    {
        var rest = new Dictionary<long, Transfer>();
        foreach (var entry in books.Where(entry => !rest.TryAdd(entry.Id, entry)))
        {
            _faults.Add(Text($"Transfer {entry.Id} is listed twice."));
        }

        foreach (var attempt in attempts.Where(attempt => attempt.Kind == OutcomeKind.Done))
        {
            if (attempt.Booked is not { } said || (said.From, said.To, said.Amount) != Key(attempt.Asked))
            {
                _faults.Add(Text($"The response to {Words(Key(attempt.Asked))} is another transfer."));
            }
            else if (!rest.Remove(said.Id, out var entry))
            {
                _faults.Add(Text($"Transfer {said.Id} was answered 201 but is not listed: {Words(Key(attempt.Asked))}."));
            }
            else if (entry != said)
            {
                _faults.Add(Text($"Transfer {said.Id} was answered as {Words(Key(said))} but is listed as {Words(Key(entry))}."));
            }
        }

        return [.. rest.Values];
    }

    /// <summary>Matches the remaining transfers with requests without a response or with other clients. Others are
    /// discrepancies.</summary>
    private void Explain(
        List<Transfer> rest, IReadOnlyCollection<Attempt> attempts, IReadOnlyDictionary<long, long> accounts, bool alone)
    {
        var asked = attempts.ToLookup(attempt => attempt.Kind, attempt => Key(attempt.Asked));
        var open = asked[OutcomeKind.Unknown].CountBy(key => key).ToDictionary();
        var (refused, confirmed) = (asked[OutcomeKind.Refused].ToHashSet(), asked[OutcomeKind.Done].ToHashSet());
        foreach (var entry in rest.Where(entry => accounts.ContainsKey(entry.From) || accounts.ContainsKey(entry.To)))
        {
            var key = Key(entry);
            if (open.TryGetValue(key, out var left) && left > 0)
            {
                open[key] = left - 1;
                UnknownBooked++;
            }
            else if (refused.Contains(key))
            {
                _faults.Add(Text($"Transfer {entry.Id} was refused but is listed: {Words(key)}."));
            }
            else if (confirmed.Contains(key) || alone)
            {
                _faults.Add(Text($"Transfer {entry.Id} is listed more often than it was confirmed: {Words(key)}."));
            }
            else
            {
                Foreign++;
            }
        }
    }

    /// <summary>Checks that each balance equals its former value plus the transfers.</summary>
    private void CompareBalances(
        IReadOnlyDictionary<long, long> before, IReadOnlyDictionary<long, long> after, IReadOnlyList<Transfer> books)
    {
        var expected = before.ToDictionary(account => account.Key, account => (Int128)account.Value);
        foreach (var entry in books)
        {
            Add(entry.From, -(Int128)entry.Amount);
            Add(entry.To, entry.Amount);
        }

        foreach (var (id, balance) in expected)
        {
            if (!after.TryGetValue(id, out var found))
            {
                _faults.Add(Text($"Account {id} is gone."));
            }
            else if (found != balance)
            {
                _faults.Add(Text($"Account {id} holds {Money(found)} but should hold {Money(balance)} after its transfers."));
            }
            else if (found < 0)
            {
                _faults.Add(Text($"Account {id} has a negative balance: {Money(found)}."));
            }
        }

        void Add(long account, Int128 cents)
        {
            if (expected.TryGetValue(account, out var balance))
            {
                expected[account] = balance + cents;
            }
        }
    }

    private static (long From, long To, long Amount) Key(NewTransfer transfer) => (transfer.From, transfer.To, transfer.Amount);

    private static (long From, long To, long Amount) Key(Transfer transfer) => (transfer.From, transfer.To, transfer.Amount);

    private static string Words((long From, long To, long Amount) transfer) =>
        Text($"{Money(transfer.Amount)} from account {transfer.From} to {transfer.To}");

    /// <summary>Wide enough for any value that a faulty server may return.</summary>
    private static Int128 Sum(IReadOnlyDictionary<long, long> balances) =>
        balances.Values.Aggregate(Int128.Zero, (sum, balance) => sum + balance);

    private static string Money(Int128 cents) => Text($"{(decimal)cents / 100:N2}");

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
