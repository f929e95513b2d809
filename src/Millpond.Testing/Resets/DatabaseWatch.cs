namespace Millpond.Testing.Resets;

/// <summary>Finds out which rows of a database have changed.</summary>
internal abstract class DatabaseWatch
{
    /// <summary>Gets the state at the start of the test.</summary>
    public abstract DatabaseSnapshot Template { get; }

    public abstract Task<DatabaseSnapshot> TakeAsync(CancellationToken cancellationToken);

    public abstract Task<IReadOnlyList<TableChange>> ChangesSinceAsync(
        DatabaseSnapshot snapshot, CancellationToken cancellationToken);
}
