using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Millpond.Providers;
using Millpond.Tests.Sessions;
using Xunit;

#pragma warning disable MILLSEAM // a provider of the test's own

namespace Millpond.Tests.Hosting;

/// <summary>Background jobs without a database.</summary>
public sealed class BackgroundSessionsTests : BackgroundTestBase
{
    [Fact]
    public async Task S12_Each_engine_has_its_own_queue_and_a_single_engines_is_injected_without_a_name()
    {
        using var one = Host("bank");
        Assert.Same(
            one.Services.GetRequiredService<BackgroundSessions>(),
            one.Services.GetRequiredKeyedService<BackgroundSessions>("bank"));

        using var two = Host("default", "reports");
        var reports = two.Services.GetRequiredKeyedService<BackgroundSessions>("reports");
        Assert.NotSame(two.Services.GetRequiredService<BackgroundSessions>(), reports);
        var ran = new TaskCompletionSource<string>();
        reports.EnqueueNow((session, _, _) =>
        {
            ran.SetResult(session.EngineName);
            return Task.CompletedTask;
        });
        Assert.Equal("reports", await ran.Task);
        Assert.Equal(new BackgroundSnapshot { EngineName = "default", Capacity = 1_000, Workers = 2 },
            two.Services.GetRequiredService<BackgroundSessions>().GetSnapshot());
    }

    [Fact]
    public async Task S12_A_job_uses_the_database_of_the_session_it_waits_for_even_with_a_router()
    {
        await using var own = FakeProvider.CreateEngine(new FakeProvider());
        using var host = Host(services => services.AddSingleton<EngineRouter>(new ToOne(own)), static _ => { }, "bank");
        var background = host.Services.GetRequiredService<BackgroundSessions>();
        await using var scope = host.Services.CreateAsyncScope();
        var session = scope.ServiceProvider.GetRequiredService<DbSession>();
        var ran = new TaskCompletionSource<(string Given, bool Injected)>();
        background.Enqueue(session, (given, services, _) =>
        {
            ran.SetResult((given.EngineName, ReferenceEquals(given, services.GetRequiredKeyedService<DbSession>("bank"))));
            return Task.CompletedTask;
        });
        await session.CommitAsync(Token);
        Assert.Equal(("default", true), await ran.Task);   // as the other engine is called
    }

    [Fact]
    public async Task S12_Retried_work_enqueues_its_job_once()
    {
        using var host = Host("bank");
        await host.StartAsync(Token);
        var engine = host.Services.GetRequiredService<DbEngine>();
        var background = host.Services.GetRequiredService<BackgroundSessions>();
        List<int> promised = [];
        var jobs = 0;
        var tries = 0;
        await engine.RunAsync(
            (session, _) =>
            {
                background.Enqueue(session, (_, _) =>
                {
                    Interlocked.Increment(ref jobs);
                    return Task.CompletedTask;
                });
                promised.Add(background.GetSnapshot().Reserved);
                return ++tries < 3 ? LoseAsync(session) : Task.CompletedTask;
            },
            new DbSessionOptions { Retries = 2 },
            Token);
        await host.StopAsync(Token);

        Assert.Equal((3, 1), (tries, jobs));
        Assert.Equal([1, 1, 1], promised);
        var end = background.GetSnapshot();
        Assert.Equal((0, 0, 1L), (end.Reserved, end.Queued, end.Completed));
    }

    [Fact]
    public async Task S12_A_commit_with_an_unknown_outcome_drops_the_job()
    {
        using var host = Host("bank");
        var background = host.Services.GetRequiredService<BackgroundSessions>();
        Provider.Kind = FailureKind.ConnectionLost;
        await Assert.ThrowsAsync<CommitOutcomeException>(() => host.Services.GetRequiredService<DbEngine>().RunAsync(
            async (session, token) =>
            {
                await using var command = session.Connection.CreateCommand();
                command.CommandText = "select 1";
                await command.ExecuteNonQueryAsync(token);
                background.Enqueue(session, static (_, _) => Task.CompletedTask);
                Provider.At = static step => step == "Commit" ? throw new InvalidTimeZoneException() : Task.CompletedTask;
            },
            cancellationToken: Token));
        Assert.Equal(new BackgroundSnapshot { EngineName = "bank", Capacity = 1_000, Workers = 2 }, background.GetSnapshot());
    }

    [Fact]
    public async Task S12_A_job_reserved_before_the_shutdown_runs_if_its_session_commits_during_it()
    {
        using var host = Host("bank");
        await host.StartAsync(Token);
        var background = host.Services.GetRequiredService<BackgroundSessions>();
        await using var session = host.Services.GetRequiredService<DbEngine>().OpenSession();
        background.Enqueue(session, static (_, _) => Task.CompletedTask);

        var stop = host.StopAsync(Token);
        while (await AcceptsAsync(host, background))
        {
            await Task.Yield();
        }

        Assert.False(stop.IsCompleted);
        await session.CommitAsync(Token);
        await stop;

        Assert.Equal(1, background.GetSnapshot().Completed);
    }

    [Fact]
    public async Task S12_The_shutdown_waits_for_the_last_running_job()
    {
        using var host = Host("bank");
        await host.StartAsync(Token);
        var background = host.Services.GetRequiredService<BackgroundSessions>();
        var (began, goOn) = (new TaskCompletionSource(), new TaskCompletionSource());
        background.EnqueueNow((_, token) =>
        {
            began.SetResult();
            return goOn.Task.WaitAsync(token);
        });
        await began.Task;

        var stop = host.StopAsync(Token);
        while (await AcceptsAsync(host, background))
        {
            await Task.Yield();
        }

        Assert.False(stop.IsCompleted);
        goOn.SetResult();
        await stop;

        Assert.Equal((1L, 0L), (background.GetSnapshot().Completed, background.GetSnapshot().Failed));
    }

    [Fact]
    public async Task S12_A_job_whose_session_commits_after_the_shutdown_is_reported_as_lost()
    {
        using var host = Host("bank");
        await host.StartAsync(Token);
        var background = host.Services.GetRequiredService<BackgroundSessions>();
        await using var session = host.Services.GetRequiredService<DbEngine>().OpenSession();
        background.Enqueue(session, static (_, _) => Task.CompletedTask);
        await host.StopAsync(new CancellationToken(canceled: true));

        await session.CommitAsync(Token);

        Assert.Contains(Log.Lines, static line =>
            line.StartsWith("Warning: Engine 'bank': a background job of ", StringComparison.Ordinal)
            && line.Contains("never began, because its session committed after background jobs", StringComparison.Ordinal));
    }

    [Fact]
    public async Task S12_An_ended_session_reserves_no_place_in_the_queue()
    {
        using var host = Host("bank");
        var background = host.Services.GetRequiredService<BackgroundSessions>();
        var session = host.Services.GetRequiredService<DbEngine>().OpenSession();
        await session.DisposeAsync();
        Assert.Throws<SessionEndedException>(() => background.Enqueue(session, static (_, _) => Task.CompletedTask));
        Assert.Equal(0, background.GetSnapshot().Reserved);
    }

    [Fact]
    public async Task S12_Work_that_waits_for_its_commit_keeps_its_place_in_the_queue()
    {
        using var host = Host(static _ => { }, static options => options.BackgroundCapacity = 1, "bank");
        var background = host.Services.GetRequiredService<BackgroundSessions>();
        var engine = host.Services.GetRequiredService<DbEngine>();
        await using var first = engine.OpenSession();
        await using var second = engine.OpenSession();
        background.Enqueue(first, static (_, _) => Task.CompletedTask);

        var refused = Assert.Throws<SessionRejectedException>(
            () => background.Enqueue(second, static (_, _) => Task.CompletedTask));
        Assert.StartsWith(
            "The background queue of engine 'bank' is full: 1 waiting (1 of them for the commit of their session), 0 running.",
            refused.Message,
            StringComparison.Ordinal);
        await first.RollbackAsync(Token);
        background.Enqueue(second, static (_, _) => Task.CompletedTask);
        Assert.Equal(1, background.GetSnapshot().Reserved);
    }

    [Fact]
    public void S12_The_configuration_sets_capacity_and_workers_and_workers_never_exceed_connections()
    {
        using var host = Host(
            static _ => { },
            static options => options.PoolSize = 3,
            [("BackgroundCapacity", "7"), ("BackgroundWorkers", "9")],
            "bank");
        Assert.Equal(
            new BackgroundSnapshot { EngineName = "bank", Capacity = 7, Workers = 3 },
            host.Services.GetRequiredService<BackgroundSessions>().GetSnapshot());

        using var wrong = Host(
            static _ => { }, static _ => { }, [("BackgroundCapacity", "0"), ("BackgroundWorkers", "1001")], "bank");
        var error = Assert.Throws<OptionsValidationException>(wrong.Services.GetRequiredService<BackgroundSessions>);
        Assert.Contains("BackgroundCapacity is 0; use 1 to 1,000,000.", error.Message, StringComparison.Ordinal);
        Assert.Contains("BackgroundWorkers is 1001; use 1 to 1,000.", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task S12_The_engine_drains_at_the_shutdown_whatever_a_jobs_callback_does()
    {
        using var host = Host("bank");
        await host.StartAsync(Token);
        var engine = host.Services.GetRequiredService<DbEngine>();
        var began = new TaskCompletionSource();
        host.Services.GetRequiredService<BackgroundSessions>().EnqueueNow(async (_, end) =>
        {
            end.Register(static () => throw new InvalidTimeZoneException("a callback of the job's own"));
            began.SetResult();
            await Task.Delay(Timeout.Infinite, end);
        });
        await began.Task;

        await host.StopAsync(new CancellationToken(canceled: true));

        Assert.True(engine.GetSnapshot().IsDraining);
        Assert.Contains(Log.Lines, static line => line.StartsWith(
            "Warning: Engine 'bank': a callback on a background job's token failed", StringComparison.Ordinal));
    }

    [Fact]
    public async Task S12_During_the_shutdown_only_a_running_job_may_enqueue_another()
    {
        using var host = Host("bank");
        await host.StartAsync(Token);
        var background = host.Services.GetRequiredService<BackgroundSessions>();
        var (began, goOn, next) = (new TaskCompletionSource(), new TaskCompletionSource(), 0);
        background.EnqueueNow(async (session, _) =>
        {
            began.SetResult();
            await goOn.Task;
            background.Enqueue(session, (_, _) =>
            {
                next++;
                background.EnqueueNow((_, _) => Task.FromResult(next++));
                return Task.CompletedTask;
            });
        });
        await began.Task;

        var stop = host.StopAsync(Token);
        while (await AcceptsAsync(host, background))
        {
            await Task.Yield();
        }

        goOn.SetResult();
        await stop;

        Assert.Equal((2, 3L, 0L), (next, background.GetSnapshot().Completed, background.GetSnapshot().Failed));
    }

    [Fact]
    public async Task S12_A_committed_job_is_not_failed_by_a_scope_that_cannot_be_disposed()
    {
        using var host = Host(static services => services.AddScoped<Stubborn>(), static _ => { }, "bank");
        await host.StartAsync(Token);
        var background = host.Services.GetRequiredService<BackgroundSessions>();
        background.EnqueueNow(static (_, services, _) =>
        {
            services.GetRequiredService<Stubborn>();
            return Task.CompletedTask;
        });
        await host.StopAsync(Token);

        Assert.Equal((1L, 0L), (background.GetSnapshot().Completed, background.GetSnapshot().Failed));
        Assert.Contains(Log.Lines, static line => line.StartsWith(
            "Warning: Engine 'bank': the services of a background job could not be disposed.", StringComparison.Ordinal));
    }

    private static async Task<bool> AcceptsAsync(IHost host, BackgroundSessions background)
    {
        await using var session = host.Services.GetRequiredService<DbEngine>().OpenSession();
        try
        {
            background.Enqueue(session, static (_, _) => Task.CompletedTask);
            return true;
        }
        catch (SessionRejectedException)
        {
            return false;
        }
    }

    private sealed class Stubborn : IDisposable
    {
        public void Dispose() => throw new InvalidTimeZoneException("will not go");
    }

    private sealed class ToOne(DbEngine engine) : EngineRouter
    {
        public override DbEngine Route(IServiceProvider services, string engineName) => engine;
    }
}
