using System.Globalization;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Millpond.Hosting.Health;

/// <summary>Checks an engine's database on a separate connection, and the engine's queue and server limit.</summary>
internal sealed class EngineHealthCheck(DbEngine engine) : IHealthCheck
{
    // Orchestrators allow a probe one or a few seconds. A slower database does not serve requests either.
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(2);

    public async Task<HealthCheckResult> CheckHealthAsync(
        HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        using var limit = new CancellationTokenSource(Limit, engine.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            await engine.ProbeAsync(either.Token).WaitAsync(either.Token).ConfigureAwait(false);
        }
        catch (Exception) when (cancellationToken.IsCancellationRequested)
        {
            throw;
        }
        catch (OperationCanceledException)
        {
            var seconds = Limit.TotalSeconds.ToString("0", CultureInfo.InvariantCulture);
            return Unhealthy(context, $"The database did not answer within {seconds} s.", error: null);
        }
        catch (DatabaseUnavailableException error) when (error.IsServerFull)
        {
            // The server works but accepts no more connections. A restart of this worker would only lose its connections (G12).
            return Degraded("The server accepts no more connections.", engine.GetSnapshot(), error);
        }
        catch (Exception error)
        {
            return Unhealthy(context, "The database cannot be reached.", error);
        }

        return Evaluate(context);
    }

    private static Dictionary<string, object> DataOf(EngineSnapshot snapshot)
    {
        Dictionary<string, object> data = new()
        {
            ["provider"] = snapshot.Provider,
            ["permits"] = snapshot.Permits,
            ["inUse"] = snapshot.InUse,
            ["waiting"] = snapshot.Waiting,
            ["oldestWaitMs"] = (long)snapshot.OldestWait.TotalMilliseconds,
            ["timedOut"] = snapshot.TimedOut,
        };
        if (snapshot.ServerLimit is { } limit)
        {
            data["behindPooler"] = limit.IsBehindPooler;
            data["workers"] = limit.Workers;
            data["wanted"] = limit.Wanted;
            if (!limit.IsBehindPooler)
            {
                data["usable"] = limit.Usable;
            }
        }

        return data;
    }

    private static HealthCheckResult Degraded(string what, EngineSnapshot snapshot, Exception? error = null) =>
        HealthCheckResult.Degraded(
            snapshot.ServerLimit?.Advice is { } advice ? $"{what} {advice}".TrimStart() : what, error, DataOf(snapshot));

    private HealthCheckResult Evaluate(HealthCheckContext context)
    {
        var snapshot = engine.GetSnapshot();
        if (snapshot.IsDraining)
        {
            return Unhealthy(context, "The engine is shutting down.", error: null);
        }

        var busy = snapshot.InUse >= snapshot.Permits && snapshot.Waiting > 0
            ? string.Create(
                CultureInfo.InvariantCulture,
                $"Busy: {snapshot.InUse} of {snapshot.Permits} connections in use, {snapshot.Waiting} waiting.")
            : "";
        return busy.Length > 0 || snapshot.ServerLimit is { Advice: not null }
            ? Degraded(busy, snapshot)
            : HealthCheckResult.Healthy("The database answers.", DataOf(snapshot));
    }

    private HealthCheckResult Unhealthy(HealthCheckContext context, string what, Exception? error) =>
        new(context.Registration.FailureStatus, what, error, DataOf(engine.GetSnapshot()));
}
