using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Millpond.Leasing;

namespace Millpond.Hosting.Background;

/// <summary>A queued job, which runs with its own session.</summary>
/// <param name="engine">The engine of its session.</param>
/// <param name="key">The service key of its session; null: the engine's.</param>
/// <param name="operation">The operation name of its session, for example <c>background job of POST /transfers</c>.</param>
/// <param name="retries">The maximum number of retries.</param>
/// <param name="work">The work.</param>
internal sealed class BackgroundJob(
    DbEngine engine,
    string? key,
    string operation,
    int retries,
    Func<DbSession, IServiceProvider, CancellationToken, Task> work)
{
    private static readonly AsyncLocal<(string Name, DbEngine Engine)?> Running = new();

    private int _placed;

    public string Operation => operation;

    /// <summary>Gets the id of the trace that enqueued it.</summary>
    public string TraceId { get; } = Activity.Current?.TraceId.ToHexString() ?? "none";

    /// <summary>Takes the job's reserved place, once: when its session commits or ends.</summary>
    public bool TakePlace() => Interlocked.Exchange(ref _placed, 1) == 0;

    /// <summary>Finds the engine of a name inside a running job. Returns null if the name is not the job's own, so the router
    /// resolves it.</summary>
    public static DbEngine? EngineOf(string name) => Running.Value is { } job && job.Name == name ? job.Engine : null;

    /// <summary>Runs the job. The work of its sessions is committed when it returns (S17).</summary>
    /// <param name="name">The engine name of its queue.</param>
    /// <param name="services">The host's services.</param>
    /// <param name="scopeFailed">Logs that its services could not be disposed.</param>
    /// <param name="end">The work's token.</param>
    public async Task RunAsync(string name, IServiceProvider services, Action<Exception> scopeFailed, CancellationToken end)
    {
        var own = key ?? (services.GetKeyedService<DbEngine>(engine.Name) == engine ? engine.Name : name);
        Running.Value = (own, engine);   // applies to the hooks of its sessions too
        await new ScopeRun(
            services.GetRequiredService<IServiceScopeFactory>(), Describe, OptionsFrom, scopeFailed, end).RunAsync(
                async (scope, given, token) =>
                {
                    await work(scope.Open(own), given, token).ConfigureAwait(false);
                    return true;
                }).ConfigureAwait(false);

        SessionOrigin Describe(bool again) => new()
        {
            Operation = operation,
            Aborted = end,
            IsRetry = again,
            IsManaged = true,
        };
    }

    private DbSessionOptions OptionsFrom(DbSessionOptions defaults) => defaults.Copy().SetRetries(retries);
}
