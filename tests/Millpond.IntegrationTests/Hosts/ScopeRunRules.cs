using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Millpond.IntegrationTests.Requests;
using Xunit;

namespace Millpond.IntegrationTests.Hosts;

/// <summary>Work in a scope of its own outside of requests: seeding, consumers, tests.</summary>
public abstract class ScopeRunRules(RequestDatabase database) : RequestTestBase(database)
{
    [Fact]
    public async Task S04_Work_in_a_scope_is_committed_when_it_returns_and_rolled_back_when_it_throws()
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
    public async Task S03_A_failed_commit_of_a_scope_is_thrown()
    {
        await using var services = Build();

        await Assert.ThrowsAnyAsync<System.Data.Common.DbException>(() => services.RunInSessionAsync(
            static (scope, token) => scope.GetRequiredService<DbSession>().RunAsync(FailingInsert, token),
            cancellationToken: Token));

        Assert.Equal(0, await CountAsync("posts"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task S04_A_failure_to_dispose_a_scope_does_not_change_the_outcome_of_its_work(bool works)
    {
        var logs = new LogBook();
        await using var services = Build(
            options => options.LoggerFactory = new LoggerFactory([logs]),
            added => added.AddScoped<Undisposable>().AddLogging(logging => logging.AddProvider(logs)));

        async Task<int> RunAsync(IServiceProvider scope, CancellationToken token)
        {
            scope.GetRequiredService<Undisposable>();
            await scope.GetRequiredService<DbSession>().RunAsync(GoodInsert, token);
            return works ? 7 : throw new InvalidTimeZoneException();
        }

        var run = services.RunInSessionAsync(RunAsync, cancellationToken: Token);

        if (works)
        {
            Assert.Equal(7, await run);
        }
        else
        {
            await Assert.ThrowsAsync<InvalidTimeZoneException>(() => run);
        }

        Assert.Equal(works ? 1 : 0, await CountAsync("users"));
        Assert.Contains(
            logs.Of(LogLevel.Warning), static line => line.StartsWith("The services of ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task S08_A_scopes_session_ends_with_its_work()
    {
        await using var services = Build();
        DbSession? kept = null;

        await services.RunInSessionAsync(
            (scope, token) => (kept = scope.GetRequiredService<DbSession>()).RunAsync(GoodInsert, token),
            cancellationToken: Token);

        var error = await Assert.ThrowsAsync<SessionEndedException>(() => kept!.RunAsync(GoodInsert, Token));
        Assert.Contains(nameof(ScopeRunRules), error.Message, StringComparison.Ordinal);
    }

    protected ServiceProvider Build(
        Action<EngineOptions>? configure = null, Action<IServiceCollection>? add = null)
    {
        var services = new ServiceCollection();
        add?.Invoke(services);
        services.AddMillpond(options =>
        {
            Database.Configure(options);
            (options.PoolSize, options.MaxOverflow) = (1, 0);
            configure?.Invoke(options);
        });
        return services.BuildServiceProvider(validateScopes: true);
    }

    private sealed class Undisposable : IAsyncDisposable
    {
        public ValueTask DisposeAsync() => throw new InvalidTimeZoneException("It cannot be disposed.");
    }
}
