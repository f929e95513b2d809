using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Millpond.Sessions;

namespace Millpond.Hosting;

/// <summary>Work for later, with a session of its own, and where it came from.</summary>
internal sealed class BackgroundJob(
    SessionServices engine, string operation, Func<DbSession, IServiceProvider, CancellationToken, Task> work) : SessionKeeper
{
    private CancellationToken _end;

    /// <summary>Gets the engine its session is opened on.</summary>
    public SessionServices Engine => engine;

    /// <summary>Gets the name of its session: <c>background job of POST /transfers</c>.</summary>
    public string Operation { get; } = operation;

    /// <summary>Gets the trace in which it was handed in.</summary>
    public string TraceId { get; } = Activity.Current?.TraceId.ToHexString() ?? "none";

    public override SessionOrigin Describe() => new() { Operation = Operation, Aborted = _end, IsManaged = true };

    public override void Configure(DbSessionOptions options)
    {
        // The engine's defaults are what a job gets.
    }

    /// <summary>Does it, with a service scope for each try; what its sessions did is committed when it returns (S17).</summary>
    /// <param name="name">The name that the scope's session is injected by.</param>
    /// <param name="scopes">Makes the scopes.</param>
    /// <param name="logger">Where to log what fails after it.</param>
    /// <param name="end">The work's token.</param>
    public async Task RunAsync(string name, IServiceScopeFactory scopes, ILogger logger, CancellationToken end)
    {
        _end = end;
        var flow = SessionFlow.Begin();   // a flow of its own: it is inside nobody's session (S14)
        try
        {
            var run = new RetryRun();
            while (await TryInScopeAsync(run, flow, name, scopes.CreateAsyncScope(), logger, end).ConfigureAwait(false))
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
        RetryRun run, SessionFlow flow, string name, AsyncServiceScope services, ILogger logger, CancellationToken end)
    {
        try
        {
            return await TryAsync(run, flow, name, services.ServiceProvider, end).ConfigureAwait(false);
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
    private async Task<bool> TryAsync(
        RetryRun run, SessionFlow flow, string name, IServiceProvider services, CancellationToken end)
    {
        var scope = services.GetRequiredService<SessionScope>();
        await scope.KeepAsync(this).ConfigureAwait(false);
        var session = scope.Open(name, engine);
        try
        {
            await work(session, services, end).ConfigureAwait(false);
            end.ThrowIfCancellationRequested();
            await scope.CompleteAsync("its job was done").ConfigureAwait(false);
            return false;
        }
        catch (Exception error)
        {
            run.Look(flow);
            var cause = scope.Explain(error);
            await scope.AbandonAsync("its job failed", cause).ConfigureAwait(false);   // after a commit that failed: nothing
            if (await run.GoesAgainAsync(cause, scope.Sessions, obstacle: null, end).ConfigureAwait(false))
            {
                return true;
            }

            if (run.Tell(cause, scope.Sessions) is var told && !ReferenceEquals(told, error))
            {
                throw told;
            }

            throw;
        }
    }
}
