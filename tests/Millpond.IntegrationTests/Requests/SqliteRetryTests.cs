using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace Millpond.IntegrationTests.Requests;

public sealed class SqliteRetryTests(SqliteRequestDatabase database)
    : RetryRules(database), IClassFixture<SqliteRequestDatabase>
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task S17_A_reader_that_could_not_become_the_writer_is_retried_as_one(bool swallowed)
    {
        TestSite? site = null;
        site = await StartRetryingAsync(app => app.MapGet("/", async (DbSession session) =>
        {
            var seen = await session.ScalarAsync("select count(*) from users");
            var writes = site!.Engine.GetSnapshot().IsWriting;
            if (CountTry() == 1)
            {
                await WriteElsewhereAsync();   // makes the snapshot of this one stale
            }

            var error = await Record.ExceptionAsync(() => session.RunAsync(GoodInsert, Token));
            if (error is not null && !swallowed)
            {
                throw error;
            }

            return Results.Text($"try {Tries}, writer: {writes}, saw {seen}");
        }));

        Assert.Equal("try 2, writer: True, saw 1", await site.Client.GetStringAsync("/", Token));
        Assert.Equal(2, await CountAsync("users"));
    }

    /// <summary>Writes as somebody else does: no session opened inside the request.</summary>
    private async Task WriteElsewhereAsync()
    {
        Task write;
        using (ExecutionContext.SuppressFlow())
        {
            write = Task.Run(() => Database.ExecuteAsync(GoodInsert));
        }

        await write;
    }
}
