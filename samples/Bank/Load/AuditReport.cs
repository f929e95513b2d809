using System.Globalization;
using Spectre.Console;

namespace Bank.Load;

/// <summary>Formats the result of an audit.</summary>
internal static class AuditReport
{
    private const int MostFaults = 10;

    public static void WriteAudit(this IAnsiConsole console, Audit audit, int accounts, int seed)
    {
        var table = new Table { Border = TableBorder.Simple };
        table.AddColumn("money").AddColumn(new TableColumn("") { Alignment = Justify.Right }).AddColumn("");
        Row("before", Cents(audit.Before), Text($"in {accounts:N0} accounts"));
        Row("after", Cents(audit.After), "");
        Row("confirmed", Text($"{audit.Confirmed:N0}"), "transfers answered with 201");
        Row("refused", Text($"{audit.Refused:N0}"), "definitely rejected");
        Row("unknown", Text($"{audit.Unknown:N0}"), Text($"without a definite answer, {audit.UnknownBooked:N0} of them made"));
        if (audit.Foreign > 0)
        {
            Row("of others", Text($"{audit.Foreign:N0}"), "transfers that this run did not send");
        }

        console.Write(table);
        foreach (var fault in audit.Faults.Take(MostFaults))
        {
            Line(fault, Color.Red);
        }

        if (audit.Faults.Count > MostFaults)
        {
            Line(Text($"And {audit.Faults.Count - MostFaults:N0} more."), Color.Red);
        }

        switch (audit)
        {
            case { Faults.Count: > 0 }:
                Line(Text($"The money does not add up. --seed {seed} sends the same transfers again."), Color.Red);
                break;
            case { Confirmed: 0, UnknownBooked: 0 }:
                Line("No transfer was made, so nothing was verified.", Color.Red);
                break;
            default:
                Line("The money adds up: each confirmed transfer is listed once, no refused one is.", Color.Green);
                break;
        }

        void Row(string name, string number, string words) => table.AddRow(new Text(name), new Text(number), new Text(words));

        void Line(string text, Color color) =>
            console.Write(new Padder(new Text(text, new Style(color)), new Padding(1, 0, 0, 0)));
    }

    private static string Cents(Int128 cents) => Text($"{(decimal)cents / 100:N2}");

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
