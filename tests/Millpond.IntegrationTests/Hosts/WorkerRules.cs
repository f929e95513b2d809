using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Millpond.Engine;
using Millpond.IntegrationTests.Requests;
using Millpond.Sessions;
using Xunit;

namespace Millpond.IntegrationTests.Hosts;

/// <summary>A worker without ASP.NET Core: its loop takes a session for each piece of work.</summary>
public abstract class WorkerRules(RequestDatabase database) : RequestTestBase(database)
{
    [Fact]
    public async Task A_workers_loop_commits_each_piece_by_itself_and_goes_on_after_one_that_fails()
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
    public async Task S06_A_session_that_was_injected_where_nobody_commits_it_says_so()
    {
        using var log = new LogBook();
        using var host = Build(services => services.AddLogging(logging => logging.AddProvider(log)));
        await host.StartAsync(Token);
        await using (var scope = host.Services.CreateAsyncScope())
        {
            await scope.ServiceProvider.GetRequiredService<DbSession>().RunAsync(RequestTestBase.GoodInsert, Token);
        }

        await using (var scope = host.Services.CreateAsyncScope())
        {
            var session = scope.ServiceProvider.GetRequiredService<DbSession>();
            await session.RunAsync(RequestTestBase.GoodInsert, Token);
            await session.CommitAsync(Token);
            await session.ScalarAsync("select count(*) from users", Token);   // only reads: nothing is lost
        }

        Assert.Equal(1, await CountAsync("users"));
        var told = Assert.Single(log.Of(LogLevel.Warning), static line => line.Contains("was injected where nothing", default));
        Assert.Contains($"it ran last: {RequestTestBase.GoodInsert}", told, StringComparison.Ordinal);
        await host.StopAsync(Token);
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
