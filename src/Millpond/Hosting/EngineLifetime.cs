using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Millpond.Engine;

namespace Millpond.Hosting;

/// <summary>
/// Makes an engine with the host's start, warms it up before the server listens, and drains it at the stop (G11, G16).
/// </summary>
internal sealed class EngineLifetime(IServiceProvider services, string name, ILogger<DbEngine> logger) : IHostedLifecycleService
{
    // A database that does not answer at all must not hold the start up for long: the service can say so itself once it runs.
    private static readonly TimeSpan WarmUpLimit = TimeSpan.FromSeconds(5);

    // What the host leaves when it sets no limit of its own to the stop.
    private static readonly TimeSpan DrainLimit = TimeSpan.FromSeconds(30);

    private DbEngine? _engine;

    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        _engine = services.GetRequiredKeyedService<DbEngine>(name);   // wrong options stop the start here
        if (!_engine.WarmsUp)
        {
            return;
        }

        using var limit = new CancellationTokenSource(WarmUpLimit, _engine.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            await _engine.WarmUpAsync(either.Token).ConfigureAwait(false);
        }
        catch (Exception error) when (error is not OptionsValidationException && !cancellationToken.IsCancellationRequested)
        {
            HostingLog.WarmUpFailed(logger, name, error.Message);
        }
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Runs after the server has stopped: hosted services stop in the reverse order of their registration.</summary>
    public Task StopAsync(CancellationToken cancellationToken) =>
        _engine?.DrainAsync(DrainLimit, cancellationToken) ?? Task.CompletedTask;

    public async Task StoppedAsync(CancellationToken cancellationToken)
    {
        if (_engine is not null)
        {
            await _engine.DisposeAsync().ConfigureAwait(false);
        }
    }
}
