using System.Data;
using Millpond.Providers;

namespace Millpond.Benchmarks.Fakes;

internal sealed class IdleDialect : DatabaseDialect
{
    public override string Name => "Idle";

    public override IsolationLevel DefaultIsolation => IsolationLevel.ReadCommitted;

    public override SqlSyntax Syntax => SqlSyntax.PostgreSql;

    public override bool AllowsCommandsBesideReaders => false;

    public override bool IsConflict(Exception failure) => false;

    public override bool IsReadOnlyRefusal(Exception failure) => false;
}
