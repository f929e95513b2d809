using System.Data;
using Millpond.Providers;

#pragma warning disable MILLSEAM // a provider of the test's own

namespace Millpond.Tests.Sessions;

internal sealed class FakeDialect(FakeProvider provider) : DatabaseDialect
{
    public override string Name => "Fake";

    public override IsolationLevel DefaultIsolation => IsolationLevel.ReadCommitted;

    public override SqlSyntax Syntax => SqlSyntax.PostgreSql;

    public override bool AllowsCommandsBesideReaders => false;

    public override bool EntityFrameworkCastsReaders => provider.EntityFrameworkCastsReaders;

    public override bool IsConflict(Exception failure) => provider.IsConflict(failure);

    public override bool IsReadOnlyRefusal(Exception failure) => false;
}
