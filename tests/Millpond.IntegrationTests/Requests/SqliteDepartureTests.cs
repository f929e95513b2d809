using Xunit;

namespace Millpond.IntegrationTests.Requests;

public sealed class SqliteDepartureTests(SqliteRequestDatabase database)
    : DepartureRules(database), IClassFixture<SqliteRequestDatabase>
{
    protected override string EndlessQuery =>
        "with recursive n (i) as (select 1 union all select i + 1 from n) insert into users (name) select 'x' from n where i < 0";

    protected override Task<bool> IsRunningAsync(TestSite site) =>
        Task.FromResult(site.Engine.GetSnapshot() is { InUse: 1, IsWriting: true });
}
