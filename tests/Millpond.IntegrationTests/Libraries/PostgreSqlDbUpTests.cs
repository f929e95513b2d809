using DbUp;
using DbUp.Builder;
using DbUp.Engine.Transactions;
using Millpond.IntegrationTests.Sessions;
using Xunit;

namespace Millpond.IntegrationTests.Libraries;

[Trait("Needs", "PostgreSQL")]
public sealed class PostgreSqlDbUpTests : DbUpRules
{
    protected override Task<ScratchDatabase> CreateDatabaseAsync() => ScratchDatabase.PostgreSqlAsync();

    protected override UpgradeEngineBuilder Deploy(DbSession session) =>
        DeployChanges.To.PostgresqlDatabase(new SessionManager(session)).LogToNowhere();

    private sealed class SessionManager(DbSession session) : DatabaseConnectionManager(_ => session.Connection)
    {
        public override IEnumerable<string> SplitScriptIntoCommands(string scriptContents) => [scriptContents];
    }
}
