using System.Globalization;
using Microsoft.Data.Sqlite;
using Millpond.Sqlite.Statements;

namespace Millpond.Sqlite.Connections;

/// <summary>Waits for other processes that keep the database locked, without holding a thread meanwhile (G30).</summary>
internal static class BusyWait
{
    // They begin short because most locks are. They stay short, unlike SQLite's own (which go up to 100 ms), because a process
    // with many writers leaves the file free for moments only, and no more than one session of a process looks for them.
    private static readonly int[] Steps = [1, 2, 5, 10, 10, 10, 15, 15, 15, 20];

    /// <summary>Tries until it does not fail by SQLITE_BUSY.</summary>
    /// <param name="attempt">One try.</param>
    /// <param name="state">Passed to the tries.</param>
    /// <param name="file">The database, for the message.</param>
    /// <param name="limit">How long to try.</param>
    /// <param name="time">The source of time.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <param name="mayRepeat">Says after a failure whether there may be another try; null: always.</param>
    /// <exception cref="DatabaseUnavailableException">It was still busy after that time.</exception>
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
        return DatabaseUnavailableException.Because(
            file,
            $"The database at {file} is locked: another process held the lock for the whole {seconds} s of waiting. End " +
            "that process, or make it commit sooner.",
            LaneSql.Error(code, "database is locked"));
    }
}
