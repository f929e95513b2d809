using Millpond.IntegrationTests.Sessions;

namespace Millpond.IntegrationTests.Sqlite;

/// <summary>The rules that hold on every database, on SQLite.</summary>
public sealed class SqliteSessionTests : SessionRules
{
    protected override string SlowQuery =>
        "with recursive c (i) as (select 1 union all select i + 1 from c where i < 500000) select count(*) from c";

    protected override Task<TestDatabase> CreateDatabaseAsync() => TestDatabase.SqliteAsync();
}
