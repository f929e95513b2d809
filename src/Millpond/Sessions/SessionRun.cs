using Millpond.Leasing;

namespace Millpond.Sessions;

/// <summary>Runs work with its own session: commits when it returns, rolls back when it throws, and retries if possible (S04,
/// S17).</summary>
internal static class SessionRun
{
    /// <summary>Runs the work.</summary>
    /// <param name="open">Opens the session of an attempt. Its argument tells whether it is a retry.</param>
    /// <param name="work">The work.</param>
    /// <param name="cancellationToken">The work's token.</param>
    public static async Task<T> RunAsync<T>(
        Func<bool, DbSession> open, Func<DbSession, CancellationToken, Task<T>> work, CancellationToken cancellationToken)
    {
        var flow = SessionFlow.Begin();
        try
        {
            RetryRun? run = null;   // rarely needed
            while (true)
            {
                var session = open(run is not null);
                try
                {
                    return await TryAsync(session, work, cancellationToken).ConfigureAwait(false);
                }
                catch (Exception error) when (session.Options.Retries > 0)
                {
                    run ??= new RetryRun();
                    run.NoteEffects(flow);
                    await run.ThrowUnlessRetriedAsync(error, [session], cancellationToken).ConfigureAwait(false);
                }
            }
        }
        finally
        {
            flow.End();
        }
    }

    private static async Task<T> TryAsync<T>(
        DbSession session, Func<DbSession, CancellationToken, Task<T>> work, CancellationToken cancellationToken)
    {
        T result;
        try
        {
            result = await work(session, cancellationToken).ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();
        }
        catch (Exception error)
        {
            await session.AbandonAsync("its work failed and was rolled back", error).ConfigureAwait(false);
            throw;
        }

        await session.CompleteAsync("its work was committed").ConfigureAwait(false);
        return result;
    }
}
