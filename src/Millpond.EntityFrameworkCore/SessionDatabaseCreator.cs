using Microsoft.EntityFrameworkCore.Storage;

namespace Millpond.EntityFrameworkCore;

/// <summary>What <c>context.Database</c> creates and deletes databases with, on a session: it does neither.</summary>
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
