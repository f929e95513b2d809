namespace Millpond.Testing.Clones;

/// <summary>Where databases for tests come from, and where they go to.</summary>
internal abstract class DatabaseStore : IAsyncDisposable
{
    /// <summary>Gets whether its databases would still be there when the process has ended.</summary>
    public abstract bool OutlivesProcess { get; }

    public abstract Task<OwnedDatabase> AcquireAsync(
        TestIsolation isolation, string test, CancellationToken cancellationToken);

    /// <summary>Gives a database that does not count among those of tests.</summary>
    public abstract Task<OwnedDatabase> AcquireExtraAsync(CancellationToken cancellationToken);

    /// <summary>Takes a database back and makes it ready for the next test, or drops it. May do so in the background.</summary>
    public abstract Task ReleaseAsync(OwnedDatabase database);

    /// <summary>Takes a database back and keeps it for people.</summary>
    /// <returns>How to open it.</returns>
    public abstract Task<string> KeepAsync(OwnedDatabase database);

    public abstract ValueTask DisposeAsync();
}
