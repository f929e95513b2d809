using System.Data;
using Millpond.Connections;

#pragma warning disable MILLSEAM // a provider of the test's own

namespace Millpond.Tests.Sessions;

internal sealed class FakeDialect : DatabaseDialect
{
    public override string Name => "Fake";

    public override IsolationLevel DefaultIsolation => IsolationLevel.ReadCommitted;

    public override bool AllowsCommandsBesideReaders => false;

    public override bool IsConflict(Exception failure) => false;

    public override bool IsReadOnlyRefusal(Exception failure) => false;
}
