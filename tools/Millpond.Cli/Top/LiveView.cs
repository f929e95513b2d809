using Millpond.Cli.Top.Page;
using Spectre.Console;
using Spectre.Console.Rendering;
using static System.FormattableString;

namespace Millpond.Cli.Top;

/// <summary>Shows engines as tables, for a terminal.</summary>
internal static class LiveView
{
    private const int MaxHolders = 12;
    private const int MaxRows = 6;

    /// <param name="snapshot">The numbers.</param>
    /// <param name="fault">Why there are no newer ones; null if they are current.</param>
    public static IRenderable Of(PageSnapshot snapshot, string? fault)
    {
        List<IRenderable> rows =
        [
            new Markup(
                Invariant($"[bold]{Safe(snapshot.Application)}[/]  process {snapshot.ProcessId}, up ") +
                Invariant($"{Shown.Duration(snapshot.At - snapshot.StartedAt)}, at {snapshot.At:HH:mm:ss} UTC") +
                (fault is null ? "" : $"  [red]{Prose(fault)}[/]")),
        ];
        foreach (var engine in snapshot.Engines)
        {
            rows.AddRange(Engine(engine));
        }

        return new Rows(rows);
    }

    private static IEnumerable<IRenderable> Engine(PageEngine engine)
    {
        var color = engine.Verdict.Severity switch { "ok" => "green", "warning" => "yellow", _ => "red" };
        yield return new Rule($"[bold]{Safe(engine.Name)}[/] {Safe(engine.Provider)} {Safe(engine.Server)}").LeftJustified();
        yield return new Markup($"[{color}]{Prose(engine.Verdict.Text)}[/] {Prose(engine.Verdict.Remedy)}");
        yield return new Text(PlainView.Numbers(engine));
        if (engine.Holders.Count > 0)
        {
            var table = Table("session", "holds a connection", "for", "state", "statement");
            foreach (var one in engine.Holders.Take(MaxHolders))
            {
                table.AddRow(
                    Invariant($"{one.SessionId}"),
                    Safe(one.Operation + (one.CallSite is { } site ? $" {site}" : "")),
                    Shown.Time(one.HeldMs),
                    PlainView.State(one),
                    Safe(one.LastCommand));
            }

            yield return table;
        }

        if (engine.Costs.Count > 0)
        {
            var table = Table("operation", "share of the pool", "idle", "holding now");
            foreach (var one in engine.Costs.Take(MaxRows))
            {
                table.AddRow(
                    Safe(one.Operation), Shown.Share(one.Share), Shown.Share(one.IdleShare), Invariant($"{one.Holding}"));
            }

            yield return table;
        }

        if (engine.Findings.Count > 0)
        {
            var table = Table("finding", "times", "what happened, and what to do");
            foreach (var one in engine.Findings.Take(MaxRows))
            {
                table.AddRow(Safe(one.Id), Invariant($"{one.Count}"), Prose($"{one.Message} {one.Remedy}"));
            }

            yield return table;
        }
    }

    private static Table Table(params string[] columns) =>
        new Table().Border(TableBorder.Simple).AddColumns([.. columns.Select(static one => new TableColumn($"[dim]{one}[/]"))]);

    private static string Safe(string? text) => Markup.Escape(Shown.Text(text));

    private static string Prose(string? text) => Markup.Escape(Shown.Sentences(text));
}
