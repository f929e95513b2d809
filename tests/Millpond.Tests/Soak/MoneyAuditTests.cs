using Millpond.Soak.Database;
using Millpond.Soak.Load;
using Millpond.Soak.Money;
using Millpond.Soak.Service;
using Xunit;

namespace Millpond.Tests.Soak;

/// <summary>Whether the soak would notice wrong books.</summary>
public sealed class MoneyAuditTests
{
    private static Transfer Asked => SoakRecords.Transfer;

    [Fact]
    public void An_acknowledged_transfer_that_exists_once_is_right()
    {
        var audit = Audit(SoakRecords.Of(EndKind.Done), Asked);
        Assert.Empty(audit.Faults);
        Assert.Equal((1, 0, 0, 0), Counts(audit));
    }

    [Fact]
    public void An_acknowledged_transfer_that_is_missing_is_lost_money() =>
        Assert.Contains("was acknowledged and not made", Fault(SoakRecords.Of(EndKind.Done)), StringComparison.Ordinal);

    [Fact]
    public void A_duplicate_transfer_is_a_fault_whatever_the_response()
    {
        foreach (var end in new[] { EndKind.Done, EndKind.Left, EndKind.CommitBroke })
        {
            Assert.Contains("was made 2 times", Fault(SoakRecords.Of(end), Asked, Asked), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_transfer_that_differs_from_its_request_is_a_fault() =>
        Assert.Contains(
            "otherwise than it was asked for", Fault(SoakRecords.Of(EndKind.Done), Asked with { Amount = 11 }),
            StringComparison.Ordinal);

    [Theory]
    [InlineData(EndKind.TurnedAway, false)]
    [InlineData(EndKind.Expected, false)]
    [InlineData(EndKind.CommitBroke, true)]
    internal void What_was_refused_and_is_there_is_wrong(EndKind end, bool isRefusal)
    {
        var record = SoakRecords.Of(end, isRefusal);
        Assert.Contains("was refused and made", Fault(record, Asked), StringComparison.Ordinal);
        var audit = Audit(record);
        Assert.Empty(audit.Faults);
        Assert.Equal((0, 1, 0, 0), Counts(audit));
    }

    [Fact]
    public void Work_that_always_fails_must_never_be_persisted() =>
        Assert.Contains(
            "was refused and made", Fault(SoakRecords.Of(EndKind.Left, kind: SoakRecords.Failing), Asked),
            StringComparison.Ordinal);

    [Theory]
    [InlineData(EndKind.Left)]
    [InlineData(EndKind.CommitBroke)]
    [InlineData(EndKind.StreamBroke)]
    internal void What_was_not_answered_may_be_there_or_not(EndKind end)
    {
        Assert.Equal((0, 0, 1, 0), Counts(Audit(SoakRecords.Of(end))));
        var made = Audit(SoakRecords.Of(end), Asked);
        Assert.Empty(made.Faults);
        Assert.Equal((0, 0, 1, 1), Counts(made));
    }

    [Fact]
    public void An_unrequested_transfer_is_a_fault() =>
        Assert.Contains(
            "1 transfers were made that nobody asked for",
            Fault(SoakRecords.Of(EndKind.Done), Asked, Asked with { Key = Guid.Empty }),
            StringComparison.Ordinal);

    [Fact]
    public void Created_or_lost_money_and_balances_that_differ_from_transfers_are_faults()
    {
        var audit = MoneyAudit.Make([], new Books([], SoakDatabase.Total - 1, 2));
        Assert.Equal(2, audit.Faults.Count);
    }

    private static MoneyAudit Audit(RequestRecord record, params Transfer[] made) =>
        MoneyAudit.Make([record], new Books(made, SoakDatabase.Total, 0));

    private static string Fault(RequestRecord record, params Transfer[] made) => Assert.Single(Audit(record, made).Faults);

    private static (int, int, int, int) Counts(MoneyAudit audit) =>
        (audit.Acknowledged, audit.Refused, audit.Unknown, audit.UnknownMade);
}
