using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Millpond.Hosting;

/// <summary>Creates the engines at startup and warms them up before the server listens. At the stop it ends the background jobs
/// and drains the engines (G11, G16, S12).</summary>
/// <remarks>One instance manages all engines, and stops them after all other hosted services, including the web server. So the
/// order of service registrations does not matter.</remarks>
internal sealed class EngineLifetime(
    IServiceProvider services, EngineNames names, StartChecks checks, ILogger<DbEngine> logger) : IHostedLifecycleService
{
    // A database that does not answer must not delay the start for long. The running service can report it.
    private static readonly TimeSpan WarmUpLimit = TimeSpan.FromSeconds(5);

    // The shutdown time if the host sets no limit.
    private static readonly TimeSpan DrainLimit = TimeSpan.FromSeconds(30);

    private readonly List<(DbEngine Engine, BackgroundSessions Jobs)> _engines = [];
    private bool _isStopped;

    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        foreach (var name in names.All)
        {
            _engines.Add((
                services.GetRequiredKeyedService<DbEngine>(name),   // invalid options stop the start here
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

        foreach (var (engine, jobs) in _engines)
        {
            engine.Numbers.Jobs = jobs.Count;
            engine.Watch.Start();
        }
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Runs when all endpoints are mapped, whichever way the program does that.</summary>
    public Task StartedAsync(CancellationToken cancellationToken)
    {
        checks.Run();
        return Task.CompletedTask;
    }

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Runs after every hosted service has stopped: background jobs end first, because they need the engines. Only the
    /// first call counts, because a test host may be stopped again after its disposal.</summary>
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
            // Closed but not disposed: a service that stops later gets "is shutting down" instead of ObjectDisposedException.
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
