using DbUp;
using DbUp.Builder;
using DbUp.Sqlite.Helpers;
using Millpond.IntegrationTests.Sessions;

namespace Millpond.IntegrationTests.Libraries;

public sealed class SqliteDbUpTests : DbUpRules
{
    protected override Task<ScratchDatabase> CreateDatabaseAsync() => ScratchDatabase.SqliteAsync();

    protected override UpgradeEngineBuilder Deploy(DbSession session) =>
        DeployChanges.To.SqliteDatabase(new SharedConnection(session.Connection)).LogToNowhere();
}
