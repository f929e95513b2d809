using System.Globalization;
using Microsoft.Data.Sqlite;
using Millpond.Sqlite.Statements;

namespace Millpond.Sqlite.Connections;

/// <summary>Waits for other processes that lock the database, without blocking a thread (G30).</summary>
internal static class BusyWait
{
    // The delays begin short, because most locks are. They stay short, unlike SQLite's own (up to 100 ms), because a process
    // with many writers frees the file only for moments, and at most one session of a process polls.
    private static readonly int[] Steps = [1, 2, 5, 10, 10, 10, 15, 15, 15, 20];

    /// <summary>Retries until the attempt does not fail with SQLITE_BUSY.</summary>
    /// <param name="attempt">One attempt.</param>
    /// <param name="state">Passed to the attempts.</param>
    /// <param name="file">The database, for the message.</param>
    /// <param name="limit">How long to try.</param>
    /// <param name="time">The source of time.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <param name="mayRepeat">Returns after a failure whether there may be another attempt; null: always.</param>
    /// <exception cref="DatabaseUnavailableException">The database was still busy after that time.</exception>
    public static async Task<T> RunAsync<TState, T>(
        Func<TState, CancellationToken, Task<T>> attempt,
        TState state,
        string file,
        TimeSpan limit,
        TimeProvider time,
        CancellationToken cancellationToken,
        Func<bool>? mayRepeat = null)
    {
        var start = time.GetTimestamp();
        for (var tries = 0; ; tries++)
        {
            TimeSpan waited;
            try
            {
                return await attempt(state, cancellationToken).ConfigureAwait(false);
            }
            catch (SqliteException error) when (error.SqliteErrorCode == ResultCode.Busy && mayRepeat?.Invoke() != false)
            {
                waited = time.GetElapsedTime(start);
                if (waited >= limit)
                {
                    throw StillBusy(file, waited, error.SqliteExtendedErrorCode);
                }
            }

            var step = TimeSpan.FromMilliseconds(Steps[Math.Min(tries, Steps.Length - 1)]);
            await Task.Delay(step < limit - waited ? step : limit - waited, time, cancellationToken).ConfigureAwait(false);
        }
    }

    private static DatabaseUnavailableException StillBusy(string file, TimeSpan waited, int code)
    {
        var seconds = waited.TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture);
        return DatabaseUnavailableException.Create(
            file,
            $"The database at {file} is locked: another process held the lock for the whole {seconds} s of waiting. End " +
            "that process, or make it commit sooner.",
            LaneSql.Error(code, "database is locked"));
    }
}
