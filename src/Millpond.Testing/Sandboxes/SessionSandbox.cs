using Millpond.Testing.Sandboxes;

namespace Millpond;

/// <summary>One transaction around everything that its engine does. It is rolled back at the end.</summary>
/// <remarks>Sessions of <see cref="Engine"/> begin, commit and roll back as usual, with hooks and commit guards; for the
/// database their transactions are savepoints. One session at a time can be open. For PostgreSQL.</remarks>
public sealed class SessionSandbox : IAsyncDisposable
{
    private readonly SandboxSource _source;

    internal SessionSandbox(SandboxSource source, Action<EngineOptions>? configure = null)
    {
        _source = source;
        Engine = DbEngine.Create(o =>
        {
            (o.PoolSize, o.MaxOverflow) = (1, 4);
            configure?.Invoke(o);
            _source.StatementTimeout = o.Session.StatementTimeout;
            o.UseProvider(new SandboxProvider(_source), "sandbox:");
        });
    }

    /// <summary>Gets the engine whose sessions are inside the sandbox.</summary>
    public DbEngine Engine { get; }

    /// <summary>Gets what made it a real database; null: it is a sandbox.</summary>
    internal string? Replaced => _source.Replaced;

    /// <summary>Gets what it has refused; null: nothing.</summary>
    internal string? Refused => _source.Refused;

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

        var sandbox = new SessionSandbox(new SandboxSource(engine.Source, isReplaceable: false, usesTime: false));
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
    /// <returns>Null: nothing is in there.</returns>
    internal Task<T>? UseAsync<T>(
        Func<Npgsql.NpgsqlConnection, CancellationToken, Task<T>> work, CancellationToken cancellationToken) =>
        _source is { HasRun: true, Replaced: null, Outer: { } outer }
            ? outer.UseAsync((connection, token) => work((Npgsql.NpgsqlConnection)connection, token), cancellationToken)
            : null;

    /// <summary>Rejects sessions from now on, because the test has ended.</summary>
    internal void Stop() => _source.Stop();

    internal Task BeginAsync(CancellationToken cancellationToken) => _source.OpenAsync(cancellationToken);

    /// <summary>Makes it a real database, because a connection beside its engine is about to be opened.</summary>
    /// <exception cref="TestDatabaseException">A session has already run in it.</exception>
    internal void Share() => _source.Replace(SandboxLimit.OtherConnection, isPossible: !_source.HasRun);

    /// <summary>Rolls everything back, and keeps the engine for another sandbox.</summary>
    internal Task EndAsync() => _source.CloseAsync();
}
