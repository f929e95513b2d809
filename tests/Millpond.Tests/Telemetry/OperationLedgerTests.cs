using System.Globalization;
using Millpond.Telemetry;
using Xunit;

namespace Millpond.Tests.Telemetry;

public sealed class OperationLedgerTests
{
    [Fact]
    public void Each_operation_has_its_share_of_the_pool()
    {
        var ledger = new OperationLedger();
        ledger.Held("POST /checkout", TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(2), SessionOutcome.Committed);
        ledger.Held("GET /", TimeSpan.FromSeconds(0.5), TimeSpan.Zero, SessionOutcome.Read);
        ledger.Held("GET /", TimeSpan.FromSeconds(0.5), TimeSpan.Zero, SessionOutcome.RolledBack);
        ledger.Rejected("GET /");
        ledger.Retried("GET /", TimeSpan.FromSeconds(0.25), "POST /checkout");

        var rows = ledger.Describe(10);

        Assert.Equal(["POST /checkout", "GET /"], rows.Select(row => row.Operation));
        Assert.Equal((0.75, 0.25), (rows[0].PoolShare, rows[1].PoolShare));
        Assert.Equal((1, TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(2)), (rows[0].Sessions, rows[0].PoolTime, rows[0].Idle));
        Assert.Equal((2, 1, 1, 1), (rows[1].Sessions, rows[1].Rollbacks, rows[1].Rejections, rows[1].Retries));
        Assert.Equal(TimeSpan.FromSeconds(0.25), rows[1].LostToRetries);
        Assert.Equal("POST /checkout", ledger.RivalsOf("GET /"));
    }

    [Fact]
    public void Endless_names_need_no_more_memory()
    {
        var ledger = new OperationLedger();
        for (var i = 0; i < 10_000; i++)
        {
            ledger.Held(i.ToString(CultureInfo.InvariantCulture), TimeSpan.FromSeconds(1), TimeSpan.Zero, SessionOutcome.Read);
        }

        var rows = ledger.Describe(int.MaxValue);

        Assert.Equal(OperationLedger.MaxOperations + 1, rows.Length);
        Assert.Equal(("(others)", 10_000 - OperationLedger.MaxOperations), (rows[0].Operation, rows[0].Sessions));
    }
}
