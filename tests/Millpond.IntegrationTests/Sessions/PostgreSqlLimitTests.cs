using System.Data.Common;
using Npgsql;
using Xunit;

namespace Millpond.IntegrationTests.Sessions;

[Trait("Needs", "PostgreSQL")]
public class PostgreSqlLimitTests : LimitRules
{
    protected override string EndlessQuery => "select count(*) from (select pg_sleep(60)) as endless";

    protected override string SlowQuery => "select count(*) from (select pg_sleep(0.2)) as slow";

    protected override Task<ScratchDatabase> CreateDatabaseAsync() => RecycledAsync();

    protected override void AssertStopped(DbException stopped) =>
        Assert.Equal("57014", Assert.IsType<PostgresException>(stopped).SqlState);
}
