using Microsoft.EntityFrameworkCore.Storage;

namespace Millpond.EntityFrameworkCore;

/// <summary>The database creator of a context on a session. It rejects creating and deleting.</summary>
internal sealed class SessionDatabaseCreator(IDatabaseCreator inner, Func<string, Exception> refused) : IDatabaseCreator
{
    public bool CanConnect() => inner.CanConnect();

    public Task<bool> CanConnectAsync(CancellationToken cancellationToken = default) => inner.CanConnectAsync(cancellationToken);

    public bool EnsureCreated() => throw refused("EnsureCreated");

    public Task<bool> EnsureCreatedAsync(CancellationToken cancellationToken = default) =>
        Task.FromException<bool>(refused("EnsureCreatedAsync"));

    public bool EnsureDeleted() => throw refused("EnsureDeleted");

    public Task<bool> EnsureDeletedAsync(CancellationToken cancellationToken = default) =>
        Task.FromException<bool>(refused("EnsureDeletedAsync"));
}
