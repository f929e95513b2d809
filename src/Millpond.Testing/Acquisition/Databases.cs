using System.Runtime.CompilerServices;
using Millpond.Testing.Clones;

namespace Millpond;

/// <summary>Gives each test a database of its own, made from a template.</summary>
/// <remarks>Thread-safe. Make one per template and keep it in a static field: it serves all tests of the process.</remarks>
public sealed class Databases : IAsyncDisposable
{
    private static readonly TimeSpan ExitLimit = TimeSpan.FromSeconds(10);

    private readonly DatabasesOptions _options;
    private readonly Func<CancellationToken, Task<DatabaseStore>> _open;
    private readonly SemaphoreSlim _opening = new(1, 1);
    private readonly bool _hasSandbox;
    private DatabaseStore? _store;
    private TestDatabaseException? _failure;

    internal Databases(
        DatabasesOptions options, bool hasSandbox, Func<DatabasesOptions, CancellationToken, Task<DatabaseStore>> open)
    {
        (_options, _hasSandbox) = (options, hasSandbox);
        _open = cancellationToken => open(options, cancellationToken);
    }

    /// <summary>Creates databases on PostgreSQL, on the server that <see cref="TestServer"/> finds.</summary>
    /// <param name="template">What each of them contains.</param>
    /// <param name="configure">Sets the options.</param>
    /// <returns>The databases. Nothing happens before the first one is requested.</returns>
    /// <exception cref="TestDatabaseException">An option is invalid.</exception>
    public static Databases PostgreSql(DatabaseTemplate template, Action<DatabasesOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(template);
        return new Databases(Configure(configure), hasSandbox: true, async (options, token) => await PostgresStore.OpenAsync(
            options.Server ?? await TestServer.FindAsync(options.StartServer, token).ConfigureAwait(false),
            template, options, token)
            .ConfigureAwait(false));
    }

    /// <summary>Creates databases on SQLite: a file for each test, in memory if the system has a file system for
    /// that.</summary>
    /// <param name="template">What each of them contains.</param>
    /// <param name="configure">Sets the options.</param>
    /// <returns>The databases. Nothing happens before the first one is requested.</returns>
    /// <exception cref="TestDatabaseException">An option is invalid.</exception>
    public static Databases Sqlite(DatabaseTemplate template, Action<DatabasesOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(template);
        return new Databases(Configure(configure), hasSandbox: false, async (options, token) =>
            await SqliteStore.OpenAsync(template, options, token).ConfigureAwait(false));
    }

    /// <summary>Gives a test its database, and waits while all are in use.</summary>
    /// <param name="isolation">How it is separated from others. On SQLite every database is fresh.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <param name="test">Filled in by the compiler: the test's name, for messages.</param>
    /// <returns>The database. Disposing it gives it back.</returns>
    /// <exception cref="TestDatabaseException">There is no server, the template cannot be built, or the server refuses. The
    /// message says what to do.</exception>
    public async Task<TestDatabase> AcquireAsync(
        TestIsolation isolation = TestIsolation.Recycled,
        CancellationToken cancellationToken = default,
        [CallerMemberName] string test = "")
    {
        if (!Enum.IsDefined(isolation))
        {
            throw new ArgumentOutOfRangeException(nameof(isolation), isolation, "This is none of the levels.");
        }

        var store = Volatile.Read(ref _store) ?? await OpenAsync(cancellationToken).ConfigureAwait(false);
        var owned = await store.AcquireAsync(isolation, test, cancellationToken).ConfigureAwait(false);
        if (isolation != TestIsolation.Sandbox || !_hasSandbox)
        {
            return new TestDatabase(store, _options, owned, _hasSandbox ? isolation : TestIsolation.Fresh, test, sandbox: null);
        }

        try
        {
            var sandbox = await ((Clone)owned).BeginSandboxAsync(cancellationToken).ConfigureAwait(false);
            return new TestDatabase(store, _options, owned, isolation, test, sandbox);
        }
        catch
        {
            await store.ReleaseAsync(owned).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Gives a database beyond <see cref="DatabasesOptions.MaxDatabases"/>, for something that lives as long as the
    /// tests, such as a web host.</summary>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <returns>The database. Disposing it drops it.</returns>
    /// <inheritdoc cref="AcquireAsync" path="/exception"/>
    public async Task<TestDatabase> AcquireForHostAsync(CancellationToken cancellationToken = default)
    {
        var store = Volatile.Read(ref _store) ?? await OpenAsync(cancellationToken).ConfigureAwait(false);
        var owned = await store.AcquireExtraAsync(cancellationToken).ConfigureAwait(false);
        return new TestDatabase(store, _options, owned, TestIsolation.Fresh, "the host", sandbox: null);
    }

    /// <summary>Runs a test with a database of its own, which is kept if the test throws.</summary>
    /// <param name="body">The test.</param>
    /// <param name="isolation">How the database is separated from others.</param>
    /// <param name="cancellationToken">Cancels the wait for the database.</param>
    /// <param name="test">Filled in by the compiler: the test's name, for messages.</param>
    /// <returns>A task that ends when the database is given back.</returns>
    /// <inheritdoc cref="AcquireAsync" path="/exception"/>
    public async Task RunAsync(
        Func<TestDatabase, Task> body,
        TestIsolation isolation = TestIsolation.Recycled,
        CancellationToken cancellationToken = default,
        [CallerMemberName] string test = "")
    {
        ArgumentNullException.ThrowIfNull(body);
        var database = await AcquireAsync(isolation, cancellationToken, test).ConfigureAwait(false);
        await using (database.ConfigureAwait(false))
        {
            try
            {
                await body(database).ConfigureAwait(false);
            }
            catch (Exception error)
            {
                database.MarkFailed(error.Message);
                throw;
            }
        }
    }

    /// <summary>Drops the databases that are not kept. This also happens when the process ends.</summary>
    /// <returns>A task that completes when they are dropped.</returns>
    public async ValueTask DisposeAsync()
    {
        AppDomain.CurrentDomain.ProcessExit -= OnExit;
        if (_store is not null)
        {
            await _store.DisposeAsync().ConfigureAwait(false);
        }
    }

    private static DatabasesOptions Configure(Action<DatabasesOptions>? configure)
    {
        var options = new DatabasesOptions();
        configure?.Invoke(options);
        options.Check();
        return options;
    }

    private async Task<DatabaseStore> OpenAsync(CancellationToken cancellationToken)
    {
        await _opening.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_store is null)
            {
                if (_failure is not null)
                {
                    throw new TestDatabaseException(_failure.Message, _failure);   // it would only fail again, for every test
                }

                _store = await _open(cancellationToken).ConfigureAwait(false);
                if (_store.OutlivesProcess)
                {
                    AppDomain.CurrentDomain.ProcessExit += OnExit;
                }
            }

            return _store;
        }
        catch (TestDatabaseException error)
        {
            _failure = error;
            throw;
        }
        finally
        {
            _opening.Release();
        }
    }

    /// <remarks>What is not dropped in time belongs to the next run.</remarks>
    private void OnExit(object? sender, EventArgs e) =>
        Task.Run(async () => await DisposeAsync().ConfigureAwait(false)).Wait(ExitLimit);
}
