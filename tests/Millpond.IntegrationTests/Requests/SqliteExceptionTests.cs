using Microsoft.AspNetCore.Builder;
using Xunit;

namespace Millpond.IntegrationTests.Requests;

public sealed class SqliteExceptionTests(SqliteRequestDatabase database)
    : ExceptionRules(database), IClassFixture<SqliteRequestDatabase>
{
    protected override string Endless =>
        "with recursive n (i) as (select 1 union all select i + 1 from n where i < 100000000000) select count(*) from n";

    [Fact]
    public async Task A_conflict_between_two_writers()
    {
        var site = await StartAsync(app => app.MapGet("/", async (DbSession session) =>
        {
            await session.ScalarAsync("select count(*) from users");
            await Database.ExecuteAsync(GoodInsert);   // somebody else, after this session took its snapshot
            await session.RunAsync(GoodInsert);
        }));

        var error = await MeetAsync<SerializationConflictException>(
            site, 503, "MILL3005", "^GET / began as a reader, and another session wrote", method: HttpMethod.Get);

        Assert.True(error.IsTransient);
        Assert.Equal(1, await CountAsync("users"));
    }
}
