using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Millpond.IntegrationTests.Requests;
using Xunit;

namespace Millpond.IntegrationTests.Hosts;

/// <summary>A worker without ASP.NET Core: its loop takes a session for each piece of work.</summary>
public abstract class WorkerRules(RequestDatabase database) : RequestTestBase(database)
{
    [Fact]
    public async Task A_worker_loop_commits_each_item_and_continues_after_a_failure()
    {
        using var host = Build(static services => services.AddHostedService<Worker>());
        var worker = host.Services.GetServices<IHostedService>().OfType<Worker>().Single();
        await host.StartAsync(Token);
        await UntilAsync(() => worker.Done >= 6, "it had done 6 pieces");
        await host.StopAsync(Token);

        Assert.Equal(worker.Done, await CountAsync("users"));
        Assert.Equal((0, true), (await CountAsync("posts"), worker.Failed >= 1));
    }

    [Fact]
    public async Task S24_A_write_in_an_unmanaged_scope_is_an_error_that_names_the_alternatives()
    {
        using var host = Build(static _ => { });
        await using var scope = host.Services.CreateAsyncScope();
        var session = scope.ServiceProvider.GetRequiredService<DbSession>();

        Assert.Equal(0, await session.ScalarAsync("select count(*) from users", Token));
        var error = await Assert.ThrowsAsync<ReadOnlySessionException>(() => session.RunAsync(GoodInsert, Token));

        Assert.StartsWith("The session of a service scope is read-only", error.Message, StringComparison.Ordinal);
        Assert.Contains("RunInSessionAsync", error.Message, StringComparison.Ordinal);
        await session.RollbackAsync(Token);
        Assert.Equal(0, await session.ScalarAsync("select count(*) from users", Token));
    }

    private IHost Build(Action<IServiceCollection> add)
    {
        var builder = Host.CreateEmptyApplicationBuilder(settings: null);
        builder.Services.AddMillpond(options =>
        {
            Database.Configure(options);
            (options.PoolSize, options.MaxOverflow) = (1, 0);
        });
        add(builder.Services);
        return builder.Build();
    }

    private sealed class Worker(DbEngine engine) : BackgroundService
    {
        private volatile int _done;

        public int Done => _done;

        public int Failed { get; private set; }

        protected override async Task ExecuteAsync(CancellationToken stoppingToken)
        {
            for (var i = 0; !stoppingToken.IsCancellationRequested; i++)
            {
                try
                {
                    await engine.RunAsync(
                        (session, token) => session.RunAsync(i % 3 == 1 ? FailingInsert : GoodInsert, token),
                        cancellationToken: stoppingToken);
                    _done++;
                }
                catch (Exception error) when (error is not OperationCanceledException)
                {
                    Failed++;   // a real worker logs it
                }
            }
        }
    }
}
