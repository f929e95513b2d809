using Microsoft.Extensions.DependencyInjection;
using Millpond.Providers;
using Millpond.Tests.Sessions;
using Xunit;

#pragma warning disable MILLSEAM // a provider of the test's own

namespace Millpond.Tests.Hosting;

/// <summary>Which session a background job has, and how often it runs.</summary>
public sealed class BackgroundJobTests : BackgroundTestBase
{
    [Fact]
    public async Task S17_Jobs_and_hooks_do_not_inherit_the_engines_retries()
    {
        using var host = Host(static _ => { }, static options => options.Session.Retries = 2, "bank");
        var background = host.Services.GetRequiredService<BackgroundSessions>();
        var (jobs, hooks) = (0, 0);
        background.EnqueueNow((session, _) =>
        {
            jobs++;
            return LoseAsync(session);
        });
        await host.StartAsync(Token);
        await host.Services.GetRequiredService<DbEngine>().RunAsync(
            (session, _) =>
            {
                session.AfterCommit((own, _) =>
                {
                    hooks++;
                    return LoseAsync(own);
                });
                return Task.CompletedTask;
            },
            cancellationToken: Token);
        await host.StopAsync(Token);

        Assert.Equal((1, 1, 1L), (jobs, hooks, background.GetSnapshot().Failed));
    }

    [Fact]
    public async Task S17_Work_that_enqueued_a_job_with_immediate_start_is_not_retried()
    {
        using var host = Host("bank");
        var background = host.Services.GetRequiredService<BackgroundSessions>();
        var tries = 0;
        await Assert.ThrowsAsync<DatabaseUnavailableException>(() => host.Services.GetRequiredService<DbEngine>().RunAsync(
            (session, _) =>
            {
                tries++;
                background.EnqueueNow(static (_, _) => Task.CompletedTask);
                return LoseAsync(session);
            },
            new DbSessionOptions { Retries = 5 },
            Token));
        Assert.Equal(1, tries);
        Assert.Contains(Log.Lines, static line => line.Contains(
            "was not retried: it had enqueued a background job (EnqueueNow).", StringComparison.Ordinal));
    }

    [Fact]
    public async Task S12_In_a_job_the_keyed_session_is_its_own_and_the_plain_one_the_default_engines()
    {
        using var host = Host("default", "reports");
        await using var scope = host.Services.CreateAsyncScope();
        var session = scope.ServiceProvider.GetRequiredKeyedService<DbSession>("reports");
        var ran = new TaskCompletionSource<(string Given, bool Keyed, string Plain)>();
        host.Services.GetRequiredService<BackgroundSessions>().Enqueue(session, (given, services, _) =>
        {
            ran.SetResult((
                given.EngineName,
                ReferenceEquals(given, services.GetRequiredKeyedService<DbSession>("reports")),
                services.GetRequiredService<DbSession>().EngineName));
            return Task.CompletedTask;
        });
        await session.CommitAsync(Token);
        Assert.Equal(("reports", true, "default"), await ran.Task);
    }

    [Fact]
    public async Task S12_A_job_keeps_the_database_of_its_origin_in_nested_scopes_and_jobs()
    {
        await using var own = DbEngine.Create(options => options.UseProvider(new FakeProvider(), "fake:it"));
        using var host = Host(services => services.AddSingleton<EngineRouter>(new ToScopesOf(own)), static _ => { }, "bank");
        var background = host.Services.GetRequiredService<BackgroundSessions>();
        await using var scope = host.Services.CreateAsyncScope();
        scope.ServiceProvider.GetRequiredService<EngineRouter>();
        ToScopesOf.Tenant.Value = true;
        var session = scope.ServiceProvider.GetRequiredService<DbSession>();
        Assert.Equal("default", session.EngineName);   // as the other engine is called
        var ran = new TaskCompletionSource<(string Scope, string Job)>();
        background.EnqueueNow(
            async (_, services, token) =>
            {
                await using var inner = services.CreateAsyncScope();
                var there = inner.ServiceProvider.GetRequiredService<DbSession>().EngineName;
                background.EnqueueNow((next, _) =>
                {
                    ran.SetResult((there, next.EngineName));
                    return Task.CompletedTask;
                });
            },
            sameDatabaseAs: session);
        Assert.Equal(("default", "default"), await ran.Task);
    }

    [Fact]
    public async Task S17_A_job_with_retries_runs_again_each_time_with_its_own_services()
    {
        using var host = Host("bank");
        List<DbSession> sessions = [];
        var background = host.Services.GetRequiredService<BackgroundSessions>();
        background.EnqueueNow((session, services, _) =>
        {
            Assert.Same(session, services.GetRequiredService<DbSession>());
            sessions.Add(session);
            return sessions.Count < 3 ? LoseAsync(session) : Task.CompletedTask;
        },
        retries: 2);
        await host.StartAsync(Token);
        await host.StopAsync(Token);

        Assert.Equal(3, sessions.Distinct().Count());
        Assert.Equal((1L, 0L), (background.GetSnapshot().Completed, background.GetSnapshot().Failed));
        Assert.DoesNotContain(Log.Lines, static line => line.StartsWith("Error", StringComparison.Ordinal));
    }

    [Fact]
    public async Task S17_A_job_that_lost_its_connection_between_a_mappers_rows_is_retried_if_configured()
    {
        using var host = Host("bank");
        (Provider.EntityFrameworkCastsReaders, Provider.Kind) = (true, FailureKind.ConnectionLost);
        var reads = 0;
        Provider.At = step => step == "Read" && ++reads < 2 ? Task.FromException(new FakeDbException()) : Task.CompletedTask;
        var background = host.Services.GetRequiredService<BackgroundSessions>();
        background.EnqueueNow(FakeReader.ReadAsync, retries: 2);
        await host.StartAsync(Token);
        await host.StopAsync(Token);
        Assert.Equal((1L, 0L, 2), (background.GetSnapshot().Completed, background.GetSnapshot().Failed, reads));
    }

    /// <summary>Routes where a tenant is known: not in a job.</summary>
    private sealed class ToScopesOf(DbEngine engine) : EngineRouter
    {
        public static AsyncLocal<bool> Tenant { get; } = new();

        public override DbEngine Route(IServiceProvider services, string engineName) =>
            Tenant.Value ? engine : base.Route(services, engineName);
    }
}
