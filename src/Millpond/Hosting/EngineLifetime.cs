using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Millpond.Hosting;

/// <summary>
/// Makes the engines with the host's start, warms them up before the server listens, and at the stop has the background jobs run
/// and drains the engines (G11, G16, S12).
/// </summary>
/// <remarks>One for all engines, and everything after the other hosted services have stopped, the web server among them: so the
/// order holds wherever in the list of services each of them stands.</remarks>
internal sealed class EngineLifetime(
    IServiceProvider services, EngineNames names, ILogger<DbEngine> logger) : IHostedLifecycleService
{
    // A database that does not answer at all must not hold the start up for long: the service can say so itself once it runs.
    private static readonly TimeSpan WarmUpLimit = TimeSpan.FromSeconds(5);

    // What the host leaves when it sets no limit of its own to the stop.
    private static readonly TimeSpan DrainLimit = TimeSpan.FromSeconds(30);

    private readonly List<(DbEngine Engine, BackgroundSessions Jobs)> _engines = [];
    private bool _isStopped;

    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        foreach (var name in names.All)
        {
            _engines.Add((
                services.GetRequiredKeyedService<DbEngine>(name),   // wrong options stop the start here
                services.GetRequiredKeyedService<BackgroundSessions>(name)));
        }

        foreach (var addition in services.GetServices<EngineAddition>())
        {
            await addition.CheckAsync().ConfigureAwait(false);
        }

        services.GetRequiredService<OrdinaryContexts>().Report(services, _engines.ConvertAll(static one => one.Engine), logger);

        foreach (var (engine, _) in _engines.Where(static one => one.Engine.WarmsUp))
        {
            await WarmUpAsync(engine, cancellationToken).ConfigureAwait(false);
        }
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Runs after every hosted service has stopped: the background jobs first, for they need the engines. Not twice: a
    /// test's host may be stopped again, after its disposal, too.</summary>
    public async Task StoppedAsync(CancellationToken cancellationToken)
    {
        if (_isStopped)
        {
            return;
        }

        _isStopped = true;
        try
        {
            await Task.WhenAll(_engines.Select(one => one.Jobs.StopAsync(cancellationToken))).ConfigureAwait(false);
        }
        finally
        {
            // Closed and not disposed: a service that stops later gets "is shutting down" instead of ObjectDisposedException.
            await Task.WhenAll(_engines.Select(one => one.Engine.CloseAsync(DrainLimit, cancellationToken)))
                .ConfigureAwait(false);
        }
    }

    private async Task WarmUpAsync(DbEngine engine, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(WarmUpLimit, engine.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            await engine.WarmUpAsync(either.Token).ConfigureAwait(false);
        }
        catch (Exception error) when (error is not OptionsValidationException && !cancellationToken.IsCancellationRequested)
        {
            HostingLog.WarmUpFailed(logger, engine.Name, error.Message);
        }
    }
}
