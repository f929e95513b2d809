using System.Globalization;
using Millpond.Soak.Database;
using Millpond.Soak.Load;
using Millpond.Soak.Service;

namespace Millpond.Soak.Money;

/// <summary>Compares the books with the responses to the clients.</summary>
internal sealed class MoneyAudit
{
    private readonly List<string> _faults = [];

    private MoneyAudit()
    {
    }

    /// <summary>Gets the discrepancies; empty if there are none.</summary>
    public IReadOnlyList<string> Faults => _faults;

    /// <summary>Gets the number of transfers with a 2xx response.</summary>
    public int Acknowledged { get; private set; }

    /// <summary>Gets the number of transfers that were definitely rejected.</summary>
    public int Refused { get; private set; }

    /// <summary>Gets the number of transfers with no response or an unknown outcome.</summary>
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
