using Millpond.Testing.Resets;

namespace Millpond;

/// <summary>What tests expect of a database. A failed expectation marks the test as failed, so its database is kept.</summary>
public static class DatabaseExpect
{
    private static readonly TimeSpan DefaultGrace = TimeSpan.FromSeconds(1);

    /// <summary>Expects that nothing is persisted by what a test does, whether or not it throws.</summary>
    /// <param name="database">The test's database.</param>
    /// <param name="act">What the test does.</param>
    /// <param name="cancellationToken">Cancels the comparison.</param>
    /// <returns>A task that ends when the database has been compared.</returns>
    /// <exception cref="DatabaseExpectException">Rows were inserted, changed or deleted. The message shows them.</exception>
    public static async Task NothingPersistedAsync(
        TestDatabase database, Func<Task> act, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(database);
        ArgumentNullException.ThrowIfNull(act);
        var before = await database.Watch.TakeAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await act().ConfigureAwait(false);
        }
        catch (Exception error)
        {
            await CompareAsync(database, before, error, cancellationToken).ConfigureAwait(false);
            throw;
        }

        await CompareAsync(database, before, thrown: null, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Expects that what a test does throws, and that nothing of it is persisted.</summary>
    /// <typeparam name="TException">The exception's type, or a base of it.</typeparam>
    /// <param name="database">The test's database.</param>
    /// <param name="act">What the test does.</param>
    /// <param name="cancellationToken">Cancels the comparison.</param>
    /// <returns>The exception.</returns>
    /// <exception cref="DatabaseExpectException">It threw nothing, or something else, or rows were persisted.</exception>
    public static async Task<TException> RollsBackAsync<TException>(
        TestDatabase database, Func<Task> act, CancellationToken cancellationToken = default)
        where TException : Exception
    {
        ArgumentNullException.ThrowIfNull(database);
        ArgumentNullException.ThrowIfNull(act);
        var before = await database.Watch.TakeAsync(cancellationToken).ConfigureAwait(false);
        Exception? thrown = null;
        try
        {
            await act().ConfigureAwait(false);
        }
        catch (Exception error)
        {
            thrown = error;
        }

        if (thrown is not TException expected)
        {
            var instead = thrown is null ? "nothing was thrown" : $"{thrown.GetType().Name} was thrown: {thrown.Message}";
            throw Fail(database, $"{typeof(TException).Name} was expected, but {instead}", thrown);
        }

        await CompareAsync(database, before, thrown, cancellationToken).ConfigureAwait(false);
        return expected;
    }

    /// <summary>Expects that what a test does leaves no session open.</summary>
    /// <param name="database">The test's database.</param>
    /// <param name="act">What the test does.</param>
    /// <param name="grace">How long sessions may take to end after it. Null: 1 s.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <returns>A task that ends when every session has given its connection back.</returns>
    /// <exception cref="DatabaseExpectException">A session is still open. The message says whose.</exception>
    public static async Task NoLeakedConnectionAsync(
        TestDatabase database, Func<Task> act, TimeSpan? grace = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(database);
        ArgumentNullException.ThrowIfNull(act);
        var before = database.Engine.GetSnapshot().InUse;
        await act().ConfigureAwait(false);
        var now = await ReturnedAsync(database, before, grace ?? DefaultGrace, cancellationToken).ConfigureAwait(false);
        if (now.InUse > before)
        {
            throw Fail(
                database,
                $"{now.InUse - before} sessions were left open: " +
                string.Join("; ", now.Holders.Select(static one => $"{one.Operation}: {one.LastCommand ?? "no command"}")) +
                ". Dispose each session.");
        }
    }

    /// <summary>Expects that no byte of a response leaves before its session has committed: the COMMIT of the request fails, and
    /// the client must not see a success.</summary>
    /// <param name="database">The test's database.</param>
    /// <param name="client">A client whose requests use it.</param>
    /// <param name="request">A request that writes and would succeed. It is sent once.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <returns>A task that ends when the response has begun.</returns>
    /// <exception cref="DatabaseExpectException">The response is a success.</exception>
    /// <exception cref="TestDatabaseException">The request commits nothing.</exception>
    /// <exception cref="NotSupportedException">The database is a sandbox, or on SQLite.</exception>
    public static async Task NoByteBeforeCommitAsync(
        TestDatabase database, HttpClient client, HttpRequestMessage request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(database);
        ArgumentNullException.ThrowIfNull(client);
        var fault = database.Faults.Fail(FaultAt.Commit, "23514");   // no retry repeats a violated constraint
        int? status = null;
        try
        {
            using var response = await client.SendAsync(
                request, HttpCompletionOption.ResponseHeadersRead, cancellationToken).ConfigureAwait(false);
            status = (int)response.StatusCode;
            await response.Content.CopyToAsync(Stream.Null, cancellationToken).ConfigureAwait(false);
            await ReturnedAsync(database, inUse: 0, DefaultGrace, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception) when (fault.HasOccurred)
        {
            // The failure of the COMMIT reached the client before a response, or in the middle of one.
        }

        if (!fault.HasOccurred)
        {
            database.Faults.Proxy.Heal();
            throw new TestDatabaseException(
                $"The request commits nothing in the test's database (status {status}). Use one that writes and succeeds.");
        }

        if (status < 400)
        {
            throw Fail(
                database, $"The response began before the COMMIT: the client got status {status}, and the COMMIT failed.");
        }
    }

    /// <summary>Waits until no more than a number of sessions is open, or for as long as that may take.</summary>
    private static async Task<EngineSnapshot> ReturnedAsync(
        TestDatabase database, int inUse, TimeSpan grace, CancellationToken cancellationToken)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var now = database.Engine.GetSnapshot();
            if (now.InUse <= inUse || TimeProvider.System.GetElapsedTime(began) > grace)
            {
                return now;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(1), cancellationToken).ConfigureAwait(false);
        }
    }

    private static async Task CompareAsync(
        TestDatabase database, DatabaseSnapshot before, Exception? thrown, CancellationToken cancellationToken)
    {
        var changes = await database.Watch.ChangesSinceAsync(before, cancellationToken).ConfigureAwait(false);
        if (changes.Count > 0)
        {
            throw Fail(database, $"Nothing should be persisted, but it was.\n{ChangeTable.Draw(changes)}", thrown);
        }
    }

    private static DatabaseExpectException Fail(TestDatabase database, string message, Exception? cause = null)
    {
        database.MarkFailed(message);
        return new DatabaseExpectException(message, cause);
    }
}
