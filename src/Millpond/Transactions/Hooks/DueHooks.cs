using Millpond.Leasing;

namespace Millpond.Transactions.Hooks;

/// <summary>Hooks that are due: the transaction has ended and its connection is returned (S12).</summary>
internal sealed record DueHooks(
    IReadOnlyList<AfterCommitHook> Committed,
    IReadOnlyList<Func<SessionRollback, CancellationToken, Task>> RolledBack,
    SessionRollback Why)
{
    /// <summary>Runs them in order, isolated and within the engine's limit. Never throws.</summary>
    public async Task RunAsync(LeaseServices services, string operation)
    {
        foreach (var hook in Committed)
        {
            await RunOneAsync(hook.Run, services, "AfterCommit", operation).ConfigureAwait(false);
        }

        foreach (var hook in RolledBack)
        {
            await RunOneAsync(token => hook(Why, token), services, "AfterRollback", operation).ConfigureAwait(false);
        }
    }

    private static async Task RunOneAsync(
        Func<CancellationToken, Task> hook, LeaseServices services, string kind, string operation)
    {
        var flow = SessionFlow.BeginDetached();
        var limit = services.Settings.HookTimeout;
        using var end = new CancellationTokenSource(limit, services.Time);
        Task? running = null;
        try
        {
            running = hook(end.Token);
            await running.WaitAsync(end.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            services.Track(running ?? Task.CompletedTask);   // it may continue in the background; a shutdown waits for it
            SessionLog.HookLate(services.Logger, kind, operation, limit.TotalSeconds);
        }
        catch (Exception error)
        {
            SessionLog.HookFailed(services.Logger, kind, operation, error);
        }
        finally
        {
            flow.End();
        }
    }
}
