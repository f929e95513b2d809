using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Millpond.Load.Generation;
using Millpond.Load.Outcomes;
using Millpond.Load.Reports;

namespace Millpond.IntegrationTests.Load;

/// <summary>A real server whose answers a test makes, and a generator in front of it.</summary>
internal sealed class LoadSite : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly HttpTarget _target;
    private long _arrived;
    private int _inside;
    private int _mostInside;

    private LoadSite(WebApplication app)
    {
        _app = app;
        _target = new HttpTarget(new Uri(app.Urls.Single()));
    }

    public string Address => _app.Urls.Single();

    /// <summary>Gets the most requests that were in the server at once.</summary>
    public int MostInside => _mostInside;

    /// <summary>Gets how many requests arrived.</summary>
    public long Arrived => _arrived;

    /// <summary>Serves; <paramref name="answer"/> gets the number of the request, from 1.</summary>
    public static async Task<LoadSite> StartAsync(Func<HttpContext, long, Task> answer)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        LoadSite? site = null;
        app.Run(async context =>
        {
            var number = site!.Enter();
            try
            {
                await answer(context, number);
            }
            finally
            {
                Interlocked.Decrement(ref site._inside);
            }
        });
        await app.StartAsync();
        return site = new LoadSite(app);
    }

    /// <summary>Runs a plan against this server.</summary>
    public Task<LoadReport> RunAsync(LoadPlan plan, CancellationToken cancellationToken) => new LoadGenerator(
        plan, async (_, token) => (await _target.SendAsync(new HttpRequestMessage(HttpMethod.Get, "/"), token)).Outcome)
        .RunAsync(cancellationToken);

    /// <summary>Stops the server; whoever asks is refused from now on.</summary>
    public Task StopAsync() => _app.StopAsync();

    public async ValueTask DisposeAsync()
    {
        _target.Dispose();
        await _app.DisposeAsync();
    }

    private long Enter()
    {
        var inside = Interlocked.Increment(ref _inside);
        for (var most = _mostInside; inside > most; most = _mostInside)
        {
            Interlocked.CompareExchange(ref _mostInside, inside, most);
        }

        return Interlocked.Increment(ref _arrived);
    }
}
