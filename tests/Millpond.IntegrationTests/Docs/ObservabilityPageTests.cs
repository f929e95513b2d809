using System.Diagnostics.Metrics;
using Xunit;

namespace Millpond.IntegrationTests.Docs;

/// <summary>The page about metrics, spans and findings has all of them.</summary>
public sealed class ObservabilityPageTests
{
    private static readonly string Text = File.ReadAllText(Path.Combine(Repository.Root, "docs/observability.md"));

    [Fact]
    public async Task Every_metric_is_on_the_page_with_its_kind_and_unit_and_vice_versa()
    {
        List<string> published = [];
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, _) =>
            {
                if (instrument.Meter.Name == "Millpond")
                {
                    published.Add($"| `{instrument.Name}` | {Kind(instrument)} | {instrument.Unit} |");
                }
            },
        };
        await using var engine = DbEngine.Create(static options => options.UseSqlite("sqlite::memory:"));
        listener.Start();

        var written = Text.Split('\n').Where(static line => line.StartsWith("| `db.client.", StringComparison.Ordinal) ||
                line.StartsWith("| `millpond.", StringComparison.Ordinal))
            .Select(static line => string.Join('|', line.Split('|')[..4]) + "|");
        Assert.Equal(published.Order(StringComparer.Ordinal), written.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Every_finding_has_a_section_and_a_line_on_the_error_page()
    {
        var ids = Enum.GetValues<FindingKind>().Select(static kind => $"MILL{4001 + (int)kind}").ToList();
        var errors = File.ReadAllText(Path.Combine(Repository.Root, "docs/errors.md"));

        Assert.Equal(ids, Page().Headings(3).Where(static one => one.StartsWith("MILL", StringComparison.Ordinal)));
        Assert.All(
            ids, id => Assert.Contains($"[{id}](observability.md#{id.ToLowerInvariant()})", errors, StringComparison.Ordinal));
    }

    private static MarkdownPage Page() => MarkdownPage.All.Single(static page => page.Path == "docs/observability.md");

    private static string Kind(Instrument instrument) => instrument.GetType().Name.Split('`')[0] switch
    {
        "Histogram" => "histogram",
        "ObservableCounter" => "counter",
        "ObservableUpDownCounter" => "up-down counter",
        var other => other,
    };
}
