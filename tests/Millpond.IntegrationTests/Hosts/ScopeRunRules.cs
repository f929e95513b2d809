using Microsoft.Extensions.DependencyInjection;
using Millpond.IntegrationTests.Requests;
using Xunit;

namespace Millpond.IntegrationTests.Hosts;

/// <summary>Work in a scope of its own outside of requests: seeding, consumers, tests.</summary>
public abstract class ScopeRunRules(RequestDatabase database) : RequestTestBase(database)
{
    [Fact]
    public async Task S04_A_scopes_work_is_committed_when_it_returns_and_rolled_back_when_it_throws()
    {
        await using var services = Build();

        var users = await services.RunInSessionAsync(
            static async (scope, token) =>
            {
                var session = scope.GetRequiredService<DbSession>();
                await session.RunAsync(GoodInsert, token);
                return await session.ScalarAsync("select count(*) from users", token);
            },
            cancellationToken: Token);
        await Assert.ThrowsAsync<InvalidTimeZoneException>(() => services.RunInSessionAsync(
            static async (scope, token) =>
            {
                await scope.GetRequiredService<DbSession>().RunAsync(GoodInsert, token);
                throw new InvalidTimeZoneException();
            },
            cancellationToken: Token));

        Assert.Equal((1, 1), (users, await CountAsync("users")));
        await NothingHeldAsync(services.GetRequiredService<DbEngine>());
    }

    [Fact]
    public async Task S03_A_scopes_commit_that_fails_is_thrown()
    {
        await using var services = Build();

        await Assert.ThrowsAnyAsync<System.Data.Common.DbException>(() => services.RunInSessionAsync(
            static (scope, token) => scope.GetRequiredService<DbSession>().RunAsync(FailingInsert, token),
            cancellationToken: Token));

        Assert.Equal(0, await CountAsync("posts"));
    }

    [Fact]
    public async Task S08_A_scopes_session_is_over_with_its_work()
    {
        await using var services = Build();
        DbSession? kept = null;

        await services.RunInSessionAsync(
            (scope, token) => (kept = scope.GetRequiredService<DbSession>()).RunAsync(GoodInsert, token),
            cancellationToken: Token);

        var error = await Assert.ThrowsAsync<SessionEndedException>(() => kept!.RunAsync(GoodInsert, Token));
        Assert.Contains(nameof(ScopeRunRules), error.Message, StringComparison.Ordinal);
    }

    protected ServiceProvider Build(Action<EngineOptions>? configure = null)
    {
        var services = new ServiceCollection();
        services.AddMillpond(options =>
        {
            Database.Configure(options);
            (options.PoolSize, options.MaxOverflow) = (1, 0);
            configure?.Invoke(options);
        });
        return services.BuildServiceProvider(validateScopes: true);
    }
}
