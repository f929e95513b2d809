using Millpond.Providers;
using Millpond.Testing.Sandboxes;

namespace Millpond;

/// <summary>One transaction around everything that its engine does. It is rolled back at the end.</summary>
/// <remarks>Sessions of <see cref="Engine"/> begin, commit and roll back as usual, with hooks and commit guards; for the
/// database their transactions are savepoints. One session at a time can be open. For PostgreSQL.</remarks>
public sealed class SessionSandbox : IAsyncDisposable
{
    private readonly ConnectionSource _inner;
    private readonly SandboxSource _source;

    internal SessionSandbox(DbEngine engine)
    {
        _inner = engine.Source;
        _source = new SandboxSource(_inner);
        Engine = DbEngine.Create(o =>
        {
            (o.PoolSize, o.MaxOverflow) = (1, 0);
            o.UseProvider(new SandboxProvider(_source), "sandbox:");
        });
    }

    /// <summary>Gets the engine whose sessions are inside the sandbox.</summary>
    public DbEngine Engine { get; }

    /// <summary>Begins a sandbox on a connection of an engine.</summary>
    /// <param name="engine">The engine. It is not disposed with the sandbox.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <returns>The sandbox. Disposing it rolls everything back.</returns>
    /// <exception cref="NotSupportedException">The engine's database is not PostgreSQL.</exception>
    public static async Task<SessionSandbox> BeginAsync(DbEngine engine, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(engine);
        if (!engine.Source.IsRemote)
        {
            throw new NotSupportedException(
                $"A sandbox needs PostgreSQL, not {engine.Source.Dialect.Name}, where every test has a database of its own.");
        }

        var sandbox = new SessionSandbox(engine);
        await sandbox.BeginAsync(cancellationToken).ConfigureAwait(false);
        return sandbox;
    }

    /// <summary>Rolls everything back.</summary>
    /// <returns>A task that ends when the connection is back in its engine's pool.</returns>
    public async ValueTask DisposeAsync()
    {
        await Engine.DisposeAsync().ConfigureAwait(false);
        await EndAsync().ConfigureAwait(false);
    }

    /// <summary>Runs work on the driver's connection, inside the outer transaction.</summary>
    internal Task<T> UseAsync<T>(
        Func<Npgsql.NpgsqlConnection, CancellationToken, Task<T>> work, CancellationToken cancellationToken) =>
        _source.Outer!.UseAsync((connection, token) => work((Npgsql.NpgsqlConnection)connection, token), cancellationToken);

    internal async Task BeginAsync(CancellationToken cancellationToken)
    {
        var outer = await _inner.RentAsync(cancellationToken).ConfigureAwait(false);
        await outer.BeginAsync(
            new TransactionSettings { Isolation = System.Data.IsolationLevel.Unspecified }, cancellationToken)
            .ConfigureAwait(false);
        _source.Outer = outer;
    }

    /// <summary>Rolls everything back, and keeps the engine for another sandbox.</summary>
    internal async Task EndAsync()
    {
        if (_source.Outer is not { } outer)
        {
            return;
        }

        _source.Outer = null;
        await outer.RollbackAsync(CancellationToken.None).ConfigureAwait(false);
        if (outer.NeedsReset)
        {
            await outer.ResetAsync(CancellationToken.None).ConfigureAwait(false);
        }

        await _inner.ReturnAsync(outer).ConfigureAwait(false);
    }
}
