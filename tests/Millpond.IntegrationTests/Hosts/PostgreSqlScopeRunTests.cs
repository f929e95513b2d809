using Microsoft.Extensions.DependencyInjection;
using Millpond.IntegrationTests.Requests;
using Xunit;

namespace Millpond.IntegrationTests.Hosts;

[Trait("Needs", "PostgreSQL")]
public sealed class PostgreSqlScopeRunTests(PostgreSqlRequestDatabase database)
    : ScopeRunRules(database), IClassFixture<PostgreSqlRequestDatabase>
{
    [Fact]
    public async Task S17_Work_in_a_scope_is_retried_in_a_new_scope()
    {
        await using var services = Build();
        List<DbSession> tries = [];

        await services.RunInSessionAsync(
            async (scope, token) =>
            {
                var session = scope.GetRequiredService<DbSession>();
                tries.Add(session);
                await session.RunAsync(GoodInsert, token);
                if (tries.Count == 1)
                {
                    await session.RunAsync("do $$ begin raise exception using errcode = '40001'; end $$", token);
                }
            },
            static options => options.Retries = 1,
            Token);

        Assert.Equal((2, 1), (tries.Distinct().Count(), await CountAsync("users")));
    }
}
