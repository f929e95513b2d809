using System.Globalization;
using Millpond.Soak.Database;
using Millpond.Soak.Load;
using Millpond.Soak.Service;

namespace Millpond.Soak.Money;

/// <summary>Whether the books are what the clients were told.</summary>
internal sealed class MoneyAudit
{
    private readonly List<string> _faults = [];

    private MoneyAudit()
    {
    }

    /// <summary>Gets what is wrong; empty: nothing.</summary>
    public IReadOnlyList<string> Faults => _faults;

    /// <summary>Gets how many transfers were answered 2xx.</summary>
    public int Acknowledged { get; private set; }

    /// <summary>Gets how many got a definite no.</summary>
    public int Refused { get; private set; }

    /// <summary>Gets how many got no answer, or one that leaves it open.</summary>
    public int Unknown { get; private set; }

    /// <summary>Gets how many of those were made.</summary>
    public int UnknownMade { get; private set; }

    public static MoneyAudit Make(IEnumerable<RequestRecord> records, Books books)
    {
        var audit = new MoneyAudit();
        var made = books.Transfers.GroupBy(transfer => transfer.Key).ToDictionary(same => same.Key, same => same.ToList());
        foreach (var record in records.Where(record => record.Transfer is not null))
        {
            made.Remove(record.Transfer!.Key, out var rows);
            audit.Compare(record, rows ?? []);
        }

        audit.Add(made.Count > 0, $"{made.Count} transfers were made that nobody asked for");
        audit.Add(
            books.Total != SoakDatabase.Total, $"the accounts hold {books.Total} together, and held {SoakDatabase.Total}");
        audit.Add(books.WrongAccounts > 0, $"{books.WrongAccounts} accounts do not hold what their transfers say");
        return audit;
    }

    private void Compare(RequestRecord record, List<Transfer> rows)
    {
        var asked = record.Transfer!;
        Add(rows.Count > 1, $"{asked} was made {rows.Count} times ({record.Kind.Name}: {record.Ending.Name})");
        Add(rows.Exists(row => row != asked), $"{asked} was made otherwise than it was asked for");
        if (record.Ending.Kind == EndKind.Done)
        {
            Acknowledged++;
            Add(rows.Count == 0, $"{asked} was acknowledged and not made ({record.Kind.Name})");
        }
        else if (record.Ending.IsRefusal || record.Kind.Status is not null)
        {
            Refused++;
            Add(rows.Count > 0, $"{asked} was refused and made ({record.Kind.Name}: {record.Ending.Name})");
        }
        else
        {
            Unknown++;
            UnknownMade += rows.Count > 0 ? 1 : 0;
        }
    }

    private void Add(bool wrong, FormattableString sentence)
    {
        if (wrong)
        {
            _faults.Add(sentence.ToString(CultureInfo.InvariantCulture));
        }
    }
}
