using Millpond.Leasing;
using Millpond.Transactions.Hooks;

namespace Millpond.Transactions;

/// <summary>How a session ends, and how it returns its connection without a commit.</summary>
internal static class UnitEnd
{
    /// <summary>Ends the session; what is not committed is rolled back. Only the first end counts. Never throws.</summary>
    /// <param name="unit">The session's unit of work.</param>
    /// <param name="how">The reason, for errors of later uses.</param>
    /// <param name="error">The error that led to it.</param>
    /// <returns>A task that completes when the connection is returned, or after the engine's <c>CleanupTimeout</c>.</returns>
    public static async Task RunAsync(UnitOfWork unit, string how, Exception? error)
    {
        if (!unit.TryEnd(unit.CommitPoint ?? new SessionEnd(unit.Origin.EndedBefore ?? how, unit.Services.Time.GetUtcNow())))
        {
            return;
        }

        var cleanup = CleanUpAsync(unit);
        try
        {
            await WaitLimitedAsync(unit, cleanup).ConfigureAwait(false);
        }
        catch (Exception)
        {
            // Logged where the clean-up is tracked.
        }

        unit.StopClock();
        if (unit.Hooks.Any)
        {
            var undo = RunHooksAfterAsync(unit, cleanup, how, error);
            if (cleanup.IsCompleted)
            {
                await undo.ConfigureAwait(false);
            }
            else
            {
                unit.Services.Track(undo);   // in the background, like the clean-up
            }
        }
    }

    /// <summary>Rolls back what was done. Later statements begin a new transaction.</summary>
    public static async Task RollbackAsync(UnitOfWork unit)
    {
        unit.ThrowIfOver();
        await unit.PendingCleanUp.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        DueHooks? due;
        unit.Begin(Operation.Rollback);
        try
        {
            await WaitLimitedAsync(unit, unit.RollBackLeaseAsync()).ConfigureAwait(false);
            due = unit.Hooks.TakeRolledBack("RollbackAsync was called", error: null);
        }
        finally
        {
            unit.Use.End();
        }

        await (due?.RunAsync(unit.Services, unit.Origin.Operation) ?? Task.CompletedTask).ConfigureAwait(false);
    }

    /// <summary>Returns the connection when nothing uses it any more.</summary>
    /// <remarks>Called after a use of the connection and after the commit point. Of the two, the later call finds it
    /// idle.</remarks>
    public static async ValueTask ReturnIfIdleAsync(UnitOfWork unit)
    {
        if (unit.IsHolding && unit.Use.TryBeginIdle(Operation.Rollback))
        {
            try
            {
                await WaitLimitedAsync(unit, unit.RollBackLeaseAsync(isRead: true)).ConfigureAwait(false);
            }
            finally
            {
                unit.Use.End();
            }
        }
    }

    /// <summary>Releases what a session holds whose time has elapsed: immediately if nothing runs, otherwise when the running
    /// operation, which is cancelled, ends.</summary>
    public static void OnTimeout(UnitOfWork unit) =>
        unit.Services.Track(unit.Use.TryBeginIdle(Operation.Rollback) ? FreeIdleAsync(unit) : CancelUntrackedAsync(unit));

    /// <summary>Waits for a clean-up up to the engine's <c>CleanupTimeout</c>. Then it continues in the background.</summary>
    public static async ValueTask WaitLimitedAsync(UnitOfWork unit, Task cleanup)
    {
        if (cleanup.IsCompletedSuccessfully)
        {
            return;
        }

        var services = unit.Services;
        services.Track(cleanup);
        try
        {
            await cleanup.WaitAsync(services.Settings.CleanupTimeout, services.Time).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            var running = unit.Use.Running is { } late ? CommandText.Shorten(late.Text) : "the clean-up";
            SessionLog.CleanupLate(
                services.Logger,
                unit.Id,
                services.EngineName,
                unit.Origin.Operation,
                running,
                services.Settings.CleanupTimeout.TotalSeconds);
        }
    }

    private static async Task FreeIdleAsync(UnitOfWork unit)
    {
        try
        {
            unit.TimedOut |= unit.IsHolding || unit.Queued is not null;
            await unit.RollBackLeaseAsync().ConfigureAwait(false);
        }
        finally
        {
            unit.Use.End();
        }
    }

    /// <summary>Cancels the reader whose steps are not visible. All others notice at their next step.</summary>
    private static async Task CancelUntrackedAsync(UnitOfWork unit)
    {
        if (unit.Lease is { } lease && Array.Find(unit.Use.OpenReaders, static reader => reader.IsUntracked) is { } unseen)
        {
            await lease.CancelAsync(unseen.Target).ConfigureAwait(false);
        }
    }

    private static async Task RunHooksAfterAsync(UnitOfWork unit, Task cleanup, string how, Exception? error)
    {
        await cleanup.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await (unit.Hooks.TakeRolledBack(how, error)?.RunAsync(unit.Services, unit.Origin.Operation) ?? Task.CompletedTask)
            .ConfigureAwait(false);
    }

    private static async Task CleanUpAsync(UnitOfWork unit)
    {
        var closing = unit.Use.CloseAsync();
        unit.Services.Track(unit.CancelWaitAsync());   // not awaited: a callback of the user's may block or throw
        if (!closing.IsCompleted)
        {
            await CancelUntilAsync(unit, closing).ConfigureAwait(false);
        }

        foreach (var reader in await closing.ConfigureAwait(false))
        {
            await WithinCleanupAsync(unit, reader.AbandonAsync()).ConfigureAwait(false);
        }

        await unit.RollBackLeaseAsync().ConfigureAwait(false);
        unit.Close();
    }

    /// <summary>Cancels what runs, repeatedly, because a cancellation can come a moment too early for the driver.</summary>
    private static async Task CancelUntilAsync(UnitOfWork unit, Task ended)
    {
        var services = unit.Services;
        var began = services.Time.GetTimestamp();
        for (var pause = TimeSpan.FromMilliseconds(100); !ended.IsCompleted; pause *= 2)
        {
            if (unit.Use.Running is { Target: { } target } && unit.Lease is { } busy)
            {
                await busy.CancelAsync(target).ConfigureAwait(false);
            }

            await ended.WaitAsync(pause, services.Time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (services.Time.GetElapsedTime(began) >= services.Cancels?.Patience)
            {
                await unit.ReleaseAsync().ConfigureAwait(false);
            }
        }
    }

    /// <summary>Waits for a clean-up as long as a cancelled command may take. Then the connection is closed after it.</summary>
    public static async Task WithinCleanupAsync(UnitOfWork unit, Task cleanup)
    {
        if (unit.Services.Cancels is not { } throttle)
        {
            await cleanup.ConfigureAwait(false);
            return;
        }

        await cleanup.WaitAsync(throttle.Patience, unit.Services.Time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!cleanup.IsCompleted)
        {
            unit.Lease?.Connection.Abandon(cleanup);
        }
    }
}
