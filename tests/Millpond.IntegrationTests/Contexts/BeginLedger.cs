using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Millpond.IntegrationTests.Contexts;

[DbContext(typeof(LedgerContext))]
[Migration("20260101000000_BeginLedger")]
public sealed class BeginLedger : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder)
    {
        var key = ActiveProvider!.Contains("Npgsql", StringComparison.Ordinal) ? "serial" : "integer";
        migrationBuilder.Sql($"create table \"LedgerLine\" (\"Id\" {key} primary key, \"Text\" text not null)");
    }
}
