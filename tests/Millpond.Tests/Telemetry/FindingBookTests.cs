using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Millpond.Telemetry.Findings;
using Xunit;

namespace Millpond.Tests.Telemetry;

public sealed class FindingBookTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly ListLogger _log = new();

    [Fact]
    public void G22_A_finding_is_counted_and_logged_at_most_once_in_five_minutes()
    {
        var book = new FindingBook("bank", _time, _log);
        Add(book, "GET /a");
        Add(book, "GET /a");
        _time.Advance(TimeSpan.FromMinutes(4));
        Add(book, "GET /a");
        Assert.Single(_log.Messages);
        Assert.Equal(
            "Engine 'bank': It is slow. Be quick. Where: a.cs:1; select 1. Seen 1 times so far. [MILL4006]", _log.Messages[0]);

        _time.Advance(TimeSpan.FromMinutes(1));
        Add(book, "GET /a");

        Assert.Equal(2, _log.Messages.Count);
        var found = Assert.Single(book.Describe());
        Assert.Equal((4, "GET /a", FindingKind.RepeatedStatement), (found.Count, found.Operation, found.Kind));
        Assert.Equal(TimeSpan.FromMinutes(5), found.LastSeen - found.FirstSeen);
        Assert.Contains(("MILL4006", 4L), book.Totals);
    }

    [Fact]
    public void G22_A_hundred_findings_are_kept_and_the_newest_replaces_the_oldest()
    {
        var book = new FindingBook("bank", _time, NullLogger.Instance);
        for (var i = 0; i < 150; i++)
        {
            Add(book, i.ToString(CultureInfo.InvariantCulture));
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        var found = book.Describe();

        Assert.Equal(FindingBook.MaxFindings, found.Length);
        Assert.Equal(("149", "50"), (found[0].Operation, found[^1].Operation));
    }

    [Fact]
    public void G22_Every_kind_has_its_own_id() => Assert.Equal(
        Enumerable.Range(4001, 10).Select(id => $"MILL{id}"), Enum.GetValues<FindingKind>().Select(FindingBook.IdOf));

    [Fact]
    public void G22_A_throwing_logger_has_no_effect()
    {
        var book = new FindingBook("bank", _time, new ThrowingLogger());
        Add(book, "GET /a");

        Assert.Single(book.Describe());
    }

    private static void Add(FindingBook book, string operation) => book.Add(
        FindingKind.RepeatedStatement,
        operation,
        "",
        static _ => new FindingText("It is slow.", "Be quick.", ["a.cs:1", "select 1"]),
        0);
}
