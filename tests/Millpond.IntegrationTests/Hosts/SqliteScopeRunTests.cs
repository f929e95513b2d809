using Microsoft.Extensions.DependencyInjection;
using Millpond.IntegrationTests.Requests;
using Xunit;

namespace Millpond.IntegrationTests.Hosts;

public sealed class SqliteScopeRunTests(SqliteRequestDatabase database)
    : ScopeRunRules(database), IClassFixture<SqliteRequestDatabase>
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task S15_Work_in_a_scope_that_reads_first_and_conflicts_is_retried_as_a_writer(bool isJob)
    {
        await using var services = Build(static options => options.Session.Access = SessionAccess.ReadFirst);
        var engine = services.GetRequiredService<DbEngine>();
        List<bool> writing = [];

        if (isJob)
        {
            var background = services.GetRequiredService<BackgroundSessions>();
            background.EnqueueNow(WorkAsync, retries: 1);
            await UntilAsync(() => background.GetSnapshot() is { Completed: 1 } or { Failed: 1 }, "the job was done");
        }
        else
        {
            await services.RunInSessionAsync(
                (scope, token) => WorkAsync(scope.GetRequiredService<DbSession>(), token),
                static options => options.Retries = 1,
                Token);
        }

        Assert.Equal([false, true], writing);
        Assert.Equal(2, await CountAsync("users"));

        async Task WorkAsync(DbSession session, CancellationToken token)
        {
            await session.ScalarAsync("select count(*) from users", token);
            writing.Add(engine.GetSnapshot().IsWriting);
            if (writing.Count == 1)
            {
                await Database.ExecuteAsync(GoodInsert);
            }

            await session.RunAsync(GoodInsert, token);
        }
    }
}
