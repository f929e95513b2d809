using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Millpond.IntegrationTests.Requests;

/// <summary>A web application on a real Kestrel with an engine of its own: what a test is about is in its endpoints.</summary>
public sealed class TestSite : IAsyncDisposable
{
    private readonly WebApplication _app;
    private bool _stopped;

    private TestSite(WebApplication app, LogBook log)
    {
        _app = app;
        Log = log;
        Address = new Uri(app.Urls.First());
        Client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = false }) { BaseAddress = Address };
    }

    public Uri Address { get; }

    public HttpClient Client { get; }

    public DbEngine Engine => _app.Services.GetRequiredService<DbEngine>();

    public BackgroundSessions Background => _app.Services.GetRequiredService<BackgroundSessions>();

    public IHostApplicationLifetime Lifetime => _app.Lifetime;

    public LogBook Log { get; }

    /// <summary>Gets the errors that reached the exception handler outside of <c>UseMillpond</c>.</summary>
    public ConcurrentQueue<Exception> Errors { get; } = new();

    public static async Task<TestSite> StartAsync(RequestDatabase database, SitePlan plan)
    {
        var builder = WebApplication.CreateSlimBuilder();
        var log = new LogBook();
        builder.Logging.ClearProviders().AddProvider(log).SetMinimumLevel(LogLevel.Information);
        builder.WebHost.ConfigureKestrel(kestrel =>
            kestrel.Listen(IPAddress.Loopback, 0, endpoint => endpoint.Protocols = plan.Protocols));
        builder.Services.AddRouting();
        plan.ServicesBefore?.Invoke(builder.Services);
        builder.Services.AddMillpond(options =>
        {
            database.Configure(options);
            options.PoolSize = 5;
            options.MaxOverflow = 0;
            options.WarmUp = false;
            plan.Engine?.Invoke(options);
        });
        plan.Services?.Invoke(builder.Services);
        var app = builder.Build();
        TestSite? site = null;
        if (plan.Outside is not null)
        {
            plan.Outside(app);
        }
        else
        {
            app.UseExceptionHandler(handler => handler.Run(context => AnswerAsync(context, site!)));
        }

        plan.Before?.Invoke(app);
        app.UseMillpond(options => plan.Requests?.Invoke(options));
        plan.Map(app);
        await app.StartAsync();
        return site = new TestSite(app, log);
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (!_stopped)
        {
            _stopped = true;
            await _app.StopAsync(cancellationToken);
        }
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await StopAsync(CancellationToken.None);
        await _app.DisposeAsync();
    }

    private static Task AnswerAsync(HttpContext context, TestSite site)
    {
        var error = context.Features.GetRequiredFeature<IExceptionHandlerFeature>().Error;
        site.Errors.Enqueue(error);
        return context.Response.WriteAsync($"handled {error.GetType().Name}");
    }
}
