using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Millpond.IntegrationTests.Sessions;
using Millpond.Testing.Servers;
using Xunit;

namespace Millpond.IntegrationTests.Hosting;

/// <summary>An engine's life with its host, seen from the server's side.</summary>
[Trait("Needs", "PostgreSQL")]
public sealed class EngineLifetimeTests : IAsyncLifetime
{
    private ScratchDatabase _database = null!;
    private DbEngine _observer = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _database = await ScratchDatabase.PostgreSqlAsync();
        _observer = _database.CreateEngine(static options => options.PoolSize = 1);
    }

    public async ValueTask DisposeAsync()
    {
        await _observer.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Fact]
    public async Task G11_The_pool_is_filled_before_the_first_hosted_service_starts()
    {
        var seen = -1L;
        using var host = Host(
            services => services.AddHostedService(_ => new OnStart(async () => seen = await ConnectionsAsync())));
        await host.StartAsync(Token);
        Assert.Equal(4, seen);
        Assert.Equal(0, host.Services.GetRequiredService<DbEngine>().GetSnapshot().InUse);
        await host.StopAsync(Token);
        Assert.Equal(0, await UntilAsync(static count => count == 0));
    }

    [Fact]
    public async Task G11_Without_warm_up_nothing_is_opened_before_it_is_needed()
    {
        using var host = Host(static _ => { }, warmUp: false);
        await host.StartAsync(Token);
        Assert.Equal(0, await ConnectionsAsync());
        await host.StopAsync(Token);
    }

    [Fact]
    public async Task G11_A_lost_connection_is_replaced()
    {
        using var host = Host(static _ => { });
        await host.StartAsync(Token);
        var engine = host.Services.GetRequiredService<DbEngine>();
        await Assert.ThrowsAnyAsync<System.Data.Common.DbException>(() => engine.RunAsync(
            async (session, token) =>
            {
                await session.ExecuteAsync($"select 1", token);
                Assert.Equal(4, await KillAsync());
                await session.ExecuteAsync($"select 1", token);
            },
            cancellationToken: Token));
        Assert.Equal(4, await UntilAsync(static count => count == 4));
        Assert.Equal(1, await engine.RunAsync(
            (session, token) => session.ExecuteScalarAsync<int>($"select 1", token), cancellationToken: Token));
        await host.StopAsync(Token);
    }

    [Fact]
    public async Task G11_An_unreachable_database_does_not_stop_the_start()
    {
        var builder = new HostApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        var nobody = $"postgresql://127.0.0.1:{FreePort.Find()}/x";
        builder.Services.AddMillpond("bank", options => options.UsePostgreSql(nobody));
        using var host = builder.Build();
        await host.StartAsync(Token);
        var engine = host.Services.GetRequiredService<DbEngine>();
        await Assert.ThrowsAsync<DatabaseUnavailableException>(() => engine.RunAsync(
            (session, token) => session.ExecuteAsync($"select 1", token), cancellationToken: Token));
        Assert.Equal(0, engine.GetSnapshot().InUse);
        await host.StopAsync(Token);
    }

    [Fact]
    public async Task G16_The_shutdown_waits_for_running_work_and_closes_every_connection()
    {
        using var host = Host(static _ => { });
        await host.StartAsync(Token);
        var engine = host.Services.GetRequiredService<DbEngine>();
        var begun = new TaskCompletionSource();
        var release = new TaskCompletionSource();
        var work = engine.RunAsync(
            async (session, token) =>
            {
                await session.ExecuteAsync($"create table kept (id int)", token);
                begun.SetResult();
                await release.Task;
                await session.ExecuteAsync($"insert into kept values ({1})", token);
            },
            cancellationToken: Token);
        await begun.Task;
        var stop = host.StopAsync(Token);
        while (!engine.GetSnapshot().IsDraining)
        {
            await Task.Yield();
        }

        Assert.False(stop.IsCompleted);
        release.SetResult();
        await work;
        await stop;
        Assert.Equal(0, await UntilAsync(static count => count == 0));
        Assert.Equal(1, await _observer.RunAsync(
            (session, token) => session.ExecuteScalarAsync<int>($"select count(*) from kept", token), cancellationToken: Token));
        await using var late = engine.OpenSession();
        await Assert.ThrowsAsync<SessionRejectedException>(() => late.ExecuteAsync($"select 1", Token));
    }

    [Fact]
    public async Task G16_A_short_shutdown_limit_rolls_back_open_work()
    {
        using var host = Host(static _ => { });
        await host.StartAsync(Token);
        var session = host.Services.GetRequiredService<DbEngine>().OpenSession();
        await session.ExecuteAsync($"create table gone (id int)", Token);
        await host.StopAsync(new CancellationToken(canceled: true));
        Assert.Equal(SessionState.Ended, session.State);
        Assert.Equal(0, await _observer.RunAsync(
            (other, token) => other.ExecuteScalarAsync<int>($"select count(*) from pg_tables where tablename = 'gone'", token),
            cancellationToken: Token));
    }

    [Fact]
    public async Task G16_A_service_that_stops_after_the_engine_gets_the_shutdown_error()
    {
        var told = new TaskCompletionSource<Exception?>();
        using var host = Host(
            static _ => { },
            before: services => services.AddHostedService(provider => new OnStopped(async () => told.SetResult(
                await Record.ExceptionAsync(() => provider.GetRequiredService<DbEngine>().RunAsync(
                    (session, token) => session.ExecuteAsync($"select 1", token), cancellationToken: Token))))));
        await host.StartAsync(Token);
        await host.StopAsync(Token);
        Assert.IsType<SessionRejectedException>(await told.Task);
    }

    [Fact]
    public async Task G16_Stopping_a_host_again_after_its_disposal_is_not_an_error()
    {
        var host = Host(static _ => { });
        await host.StartAsync(Token);
        await host.StopAsync(Token);
        host.Dispose();
        await host.StopAsync(Token);

        var never = Host(static _ => { });
        await never.StartAsync(Token);
        never.Dispose();
        await never.StopAsync(Token);
    }

    [Fact]
    public async Task G16_A_job_that_ignores_its_token_does_not_delay_the_shutdown()
    {
        using var host = Host(static _ => { });
        await host.StartAsync(Token);
        var release = new TaskCompletionSource();
        var began = new TaskCompletionSource();
        host.Services.GetRequiredService<BackgroundSessions>().EnqueueNow(async (session, token) =>
        {
            await session.ExecuteAsync($"create table deaf (id int)", token);
            began.SetResult();
            await release.Task;
        });
        await began.Task;
        var since = TimeProvider.System.GetTimestamp();
        await host.StopAsync(new CancellationToken(canceled: true));
        Assert.InRange(TimeProvider.System.GetElapsedTime(since), TimeSpan.Zero, TimeSpan.FromSeconds(30));   // of 60
        Assert.Equal(0, await ConnectionsAsync());
        release.SetResult();
    }

    private IHost Host(
        Action<IServiceCollection> configure, bool warmUp = true, Action<IServiceCollection>? before = null)
    {
        var builder = new HostApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Configuration.AddInMemoryCollection([new("ConnectionStrings:bank", _database.Url)]);
        before?.Invoke(builder.Services);
        builder.Services.AddMillpond("bank", options =>
        {
            options.UsePostgreSql();
            (options.PoolSize, options.WarmUp, options.CleanupTimeout) = (4, warmUp, TimeSpan.FromMinutes(1));
        });
        configure(builder.Services);
        return builder.Build();
    }

    private Task<long> ConnectionsAsync() => _observer.RunAsync(
        (session, token) => session.ExecuteScalarAsync<long>(
            $"""
             select count(*) from pg_stat_activity
             where application_name like {"millpond/bank/%"} and datname = current_database()
             """,
            token),
        cancellationToken: Token);

    private Task<long> KillAsync() => _observer.RunAsync(
        (session, token) => session.ExecuteScalarAsync<long>(
            $"""
             select count(pg_terminate_backend(pid, 5000)) from pg_stat_activity
             where application_name like {"millpond/bank/%"} and datname = current_database()
             """,
            token),
        cancellationToken: Token);

    private async Task<long> UntilAsync(Func<long, bool> enough)
    {
        var end = DateTime.UtcNow.AddSeconds(10);
        while (true)
        {
            var count = await ConnectionsAsync();
            if (enough(count) || DateTime.UtcNow > end)
            {
                return count;
            }

            await Task.Delay(20, Token);
        }
    }

    private sealed class OnStart(Func<Task> work) : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken) => work();

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }

    private sealed class OnStopped(Func<Task> work) : IHostedLifecycleService
    {
        public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StoppedAsync(CancellationToken cancellationToken) => work();
    }
}
