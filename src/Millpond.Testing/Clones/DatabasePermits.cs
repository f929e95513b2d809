using System.Collections.Concurrent;
using System.Globalization;

namespace Millpond.Testing.Clones;

/// <summary>Limits how many tests have a database at the same time, and knows which do.</summary>
/// <param name="max">How many; null: any number.</param>
/// <param name="limit">How long a test waits while no other returns its database.</param>
internal sealed class DatabasePermits(int? max, TimeSpan limit) : IDisposable
{
    private const int Named = 5;

    private readonly SemaphoreSlim? _permits = max is { } count ? new SemaphoreSlim(count, count) : null;
    private readonly ConcurrentDictionary<OwnedDatabase, (string Test, long Since)> _holders = new();
    private long _returned;
    private long _stuck = -1;   // how many had been returned when a test gave up

    /// <summary>Gets the tests that have a database, those that have had it longest first.</summary>
    public IReadOnlyList<string> Holders =>
        [.. _holders.Values.OrderBy(static one => one.Since).Select(static one => string.Create(
            CultureInfo.InvariantCulture,
            $"{one.Test} (for {TimeProvider.System.GetElapsedTime(one.Since).TotalSeconds:0} s)"))];

    /// <summary>Waits until a test may have a database.</summary>
    /// <exception cref="TestDatabaseException">Nobody has returned one for too long.</exception>
    public async Task EnterAsync(CancellationToken cancellationToken)
    {
        var returned = Volatile.Read(ref _returned);
        while (_permits is not null &&
            !await _permits.WaitAsync(Volatile.Read(ref _stuck) == returned ? TimeSpan.Zero : limit, cancellationToken)
                .ConfigureAwait(false))
        {
            var now = Volatile.Read(ref _returned);
            if (now == returned)
            {
                Volatile.Write(ref _stuck, returned);   // others need not wait for it too
                throw Stuck();
            }

            returned = now;
        }
    }

    public void Hold(OwnedDatabase database, string test) =>
        _holders[database] = (test, TimeProvider.System.GetTimestamp());

    public void Leave(OwnedDatabase? database = null)
    {
        if (database is not null)
        {
            _holders.TryRemove(database, out _);
        }

        Interlocked.Increment(ref _returned);
        _permits?.Release();
    }

    public void Dispose() => _permits?.Dispose();

    private TestDatabaseException Stuck()
    {
        var holders = Holders;
        var more = holders.Count > Named ? $" and {holders.Count - Named} more" : "";
        return new TestDatabaseException(string.Create(
            CultureInfo.InvariantCulture,
            $"No test database came free within {limit.TotalSeconds:0.##} s. In use by: " +
            $"{string.Join(", ", holders.Take(Named))}{more}. Dispose the database at the end of each test " +
            $"(await using var db = …), or raise DatabasesOptions.MaxDatabases or AcquireTimeout."));
    }
}
