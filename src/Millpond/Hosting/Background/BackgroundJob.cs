using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Millpond.Leasing;

namespace Millpond.Hosting.Background;

/// <summary>Work for later, with a session of its own, and where it came from.</summary>
/// <param name="engine">The engine that its session is opened on.</param>
/// <param name="key">The name by which its session is injected; null: that of its engine.</param>
/// <param name="operation">The name of its session: <c>background job of POST /transfers</c>.</param>
/// <param name="retries">How often it is retried.</param>
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

    /// <summary>Gets the trace in which it was handed in.</summary>
    public string TraceId { get; } = Activity.Current?.TraceId.ToHexString() ?? "none";

    /// <summary>Takes the job's place in the queue, which is filled or given up once: when its session commits or ends.</summary>
    public bool TakePlace() => Interlocked.Exchange(ref _placed, 1) == 0;

    /// <summary>Finds the engine of a name inside a job: its own, if that is the name; null: ask the router.</summary>
    public static DbEngine? EngineOf(string name) => Running.Value is { } job && job.Name == name ? job.Engine : null;

    /// <summary>Does it; what its sessions did is committed when it returns (S17).</summary>
    /// <param name="name">The name of its queue's engine.</param>
    /// <param name="services">The host's services.</param>
    /// <param name="undisposed">Logs that its services could not be disposed.</param>
    /// <param name="end">The work's token.</param>
    public async Task RunAsync(string name, IServiceProvider services, Action<Exception> undisposed, CancellationToken end)
    {
        var own = key ?? (services.GetKeyedService<DbEngine>(engine.Name) == engine ? engine.Name : name);
        Running.Value = (own, engine);   // also for the hooks of its sessions
        await new ScopeRun(
            services.GetRequiredService<IServiceScopeFactory>(), Describe, OptionsFrom, undisposed, end).RunAsync(
                async (scope, given, token) =>
                {
                    await work(scope.Open(own), given, token).ConfigureAwait(false);
                    return true;
                }).ConfigureAwait(false);

        SessionOrigin Describe(bool again) => new()
        {
            Operation = operation,
            Aborted = end,
            IsAgain = again,
            IsManaged = true,
        };
    }

    private DbSessionOptions OptionsFrom(DbSessionOptions defaults) => defaults.Copy().SetRetries(retries);
}
