using Millpond.Testing.Clones;
using Millpond.Testing.Sweeps;

namespace Millpond;

/// <summary>Finds what tests forget: faults between the code and its database.</summary>
public static class TestDatabaseSweepExtensions
{
    /// <summary>Repeats what a test does with a fault at each of its statements and commits: the connection is cut before, or
    /// after the server acted, the server raises an error, the caller cancels.</summary>
    /// <param name="database">The test's database. It is emptied before each run.</param>
    /// <param name="act">What the test does. It throws if it fails, and passes its token on.</param>
    /// <param name="arrange">What precedes it each time, without faults, on an empty database. Null: nothing.</param>
    /// <param name="effects">Counts external effects so far, such as mails. Null: there are none.</param>
    /// <param name="cancellationToken">Cancels the sweep.</param>
    /// <returns>How many times the test ran with a fault.</returns>
    /// <exception cref="DatabaseExpectException">A fault left a part of the work, an error for work that was done, a success for
    /// work that was not, an effect without work, or an open session. The message says which fault, which statement and which
    /// line.</exception>
    /// <exception cref="NotSupportedException">The database is a sandbox, or on SQLite.</exception>
    public static Task<int> SweepAsync(
        this TestDatabase database,
        Func<CancellationToken, Task> act,
        Func<Task>? arrange = null,
        Func<int>? effects = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(database);
        ArgumentNullException.ThrowIfNull(act);
        _ = database.Faults;
        database.Owned.IsShared = true;
        return new FaultSweep(database, (Clone)database.Owned, act, arrange, effects).RunAsync(cancellationToken);
    }
}
