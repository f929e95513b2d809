using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Millpond.Leasing;
using Millpond.Sessions;

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
    Func<DbSession, IServiceProvider, CancellationToken, Task> work) : SessionKeeper
{
    private static readonly AsyncLocal<(string Name, DbEngine Engine)?> Running = new();

    private readonly RetryRun _run = new();
    private CancellationToken _end;

    /// <summary>Gets the name of its session: <c>background job of POST /transfers</c>.</summary>
    public string Operation => operation;

    /// <summary>Gets the trace in which it was handed in.</summary>
    public string TraceId { get; } = Activity.Current?.TraceId.ToHexString() ?? "none";

    public override SessionOrigin Describe() => new()
    {
        Operation = Operation,
        Aborted = _end,
        IsAgain = _run.IsAgain,
        IsManaged = true,
    };

    public override void Configure(DbSessionOptions options) => options.SetRetries(retries);

    /// <summary>Finds the engine of a name inside a job: its own, if that is the name; null: ask the router.</summary>
    public static DbEngine? EngineOf(string name) => Running.Value is { } job && job.Name == name ? job.Engine : null;

    /// <summary>Does it, with a service scope for each try; what its sessions did is committed when it returns (S17).</summary>
    /// <param name="name">The name of its queue's engine.</param>
    /// <param name="scopes">Makes the scopes.</param>
    /// <param name="logger">Where to log what fails after it.</param>
    /// <param name="end">The work's token.</param>
    public async Task RunAsync(string name, IServiceScopeFactory scopes, ILogger logger, CancellationToken end)
    {
        _end = end;
        var flow = SessionFlow.Begin();   // a flow of its own: it is inside nobody's session (S14)
        try
        {
            while (await TryInScopeAsync(flow, name, scopes.CreateAsyncScope(), logger, end).ConfigureAwait(false))
            {
                // Again.
            }
        }
        finally
        {
            flow.End();
        }
    }

    /// <returns>Whether to try again.</returns>
    private async Task<bool> TryInScopeAsync(
        SessionFlow flow, string name, AsyncServiceScope services, ILogger logger, CancellationToken end)
    {
        try
        {
            return await TryAsync(flow, name, services.ServiceProvider, end).ConfigureAwait(false);
        }
        finally
        {
            try
            {
                await services.DisposeAsync().ConfigureAwait(false);
            }
            catch (Exception error)
            {
                HostingLog.JobScopeFailed(logger, name, Operation, TraceId, error);   // the job has committed or failed before
            }
        }
    }

    /// <returns>Whether to try again.</returns>
    private async Task<bool> TryAsync(SessionFlow flow, string name, IServiceProvider services, CancellationToken end)
    {
        var scope = services.GetRequiredService<SessionScope>();
        await scope.KeepAsync(this).ConfigureAwait(false);
        var own = key ?? (services.GetKeyedService<DbEngine>(engine.Name) == engine ? engine.Name : name);
        Running.Value = (own, engine);
        var session = scope.Open(own);
        try
        {
            await work(session, services, end).ConfigureAwait(false);
            end.ThrowIfCancellationRequested();
            await scope.CompleteAsync("its job was done").ConfigureAwait(false);
            return false;
        }
        catch (Exception error)
        {
            _run.Look(flow);
            await scope.AbandonAsync("its job failed", error).ConfigureAwait(false);   // after a commit that failed: nothing
            await _run.ThrowUnlessAgainAsync(error, scope.Sessions, end).ConfigureAwait(false);
            return true;
        }
    }
}
