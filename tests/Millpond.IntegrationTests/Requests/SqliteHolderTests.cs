using Microsoft.AspNetCore.Builder;
using Xunit;

namespace Millpond.IntegrationTests.Requests;

public sealed class SqliteHolderTests(SqliteRequestDatabase database)
    : HolderRules(database), IClassFixture<SqliteRequestDatabase>
{
    [Fact]
    public async Task S14_A_nested_writer_is_rejected_immediately_even_with_free_connections()
    {
        Exception? told = null;
        var site = await StartAsync(
            app => app.MapPost("/", async (DbSession session, DbEngine engine) =>
            {
                await session.RunAsync(GoodInsert);
                told = await Record.ExceptionAsync(() => engine.RunAsync(
                    (inner, token) => inner.RunAsync(GoodInsert, token), null, Token, "Audit", "Audit.cs", 7));
            }),
            static options => options.PoolTimeout = TimeSpan.FromMinutes(5));

        var answer = await site.Client.PostAsync("/", null, Token);

        Assert.True(answer.IsSuccessStatusCode);
        var error = Assert.IsType<NestedSessionException>(told);
        Assert.Matches(
            @"^Audit \(Audit\.cs:7\) needs the write permit of pool 'default' inside session \d+ of POST /, which has held it " +
            @"for \d+\.\d s, and there is only one\. .* end it first, or open this one with Access = ReadOnly if it only " +
            @"reads\. ",
            error.Message);
        Assert.Equal(1, await CountAsync("users"));   // the outer one goes on
    }
}
