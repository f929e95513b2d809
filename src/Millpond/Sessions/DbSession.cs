using System.ComponentModel;
using System.Data.Common;
using System.Runtime.CompilerServices;
using Millpond.Leasing;
using Millpond.Providers;
using Millpond.Sessions;
using Millpond.Transactions;

namespace Millpond;

/// <summary>
/// A unit of work on a database: one connection and one transaction, leased with the first statement and given back with the
/// last.
/// </summary>
/// <remarks>
/// <para>Under <c>UseMillpond</c>, in <c>DbEngine.RunAsync</c> and in <c>RunInSessionAsync</c> of the service provider it is
/// committed and rolled back for you. Injected anywhere else it only reads: a write throws <see
/// cref="ReadOnlySessionException"/>. Opened by <c>DbEngine.OpenSession</c> it is yours: call <see cref="CommitAsync"/>; what is
/// not committed at its disposal is rolled back.</para>
/// <para>Not for several tasks at once: a second use while one runs throws <see cref="SessionConcurrencyException"/>.</para>
/// </remarks>
public sealed partial class DbSession : IAsyncDisposable, IDisposable
{
    private readonly SessionServices _services;
    private UnitOfWork _unit;
    private SessionConnection? _facade;

    internal DbSession(SessionServices services, DbSessionOptions options, SessionOrigin origin)
    {
        _services = services;
        Id = services.NextId();
        Options = options;
        _unit = new UnitOfWork(Id, services, options, origin);
    }

    /// <summary>Gets a number that is unique among the sessions of this engine in this process.</summary>
    public long Id { get; }

    /// <summary>Gets the session's state.</summary>
    public SessionState State => _unit.State;

    /// <summary>Gets the name of the engine it belongs to.</summary>
    public string EngineName => _services.EngineName;

    /// <summary>
    /// Gets the connection for ADO.NET, Dapper and their kin; everything that runs on it belongs to the session's transaction.
    /// </summary>
    /// <remarks>
    /// It is open from the start and stays so: closing and disposing it do nothing. Commands need no transaction set. A
    /// transaction begun on it is a savepoint. Synchronous members throw <see cref="SynchronousCallException"/> unless the
    /// engine allows them.
    /// </remarks>
    public DbConnection Connection => Facade;

    /// <summary>Gets the same connection as its owner gets it: disposing it ends the session.</summary>
    internal DbConnection OwnedConnection
    {
        get
        {
            Facade.Owned = this;
            return Facade;
        }
    }

    internal DbSessionOptions Options { get; set; }

    /// <summary>Gets the name by which its service scope knows it; null: no scope opened it.</summary>
    internal string? Key { get; set; }

    internal SessionServices Services => _services;

    internal SessionOrigin Origin => _unit.Origin;

    /// <summary>Gets its present life.</summary>
    internal UnitOfWork Unit => _unit;

    /// <remarks>It belongs to the unit of work, not to the session: whoever keeps it past the end gets an error, even when the
    /// session has begun a new one (S08).</remarks>
    private SessionConnection Facade =>
        _facade ??= _services.CreateFacade(new SessionHandle(_unit, _services.SynchronousCalls));

    /// <summary>Commits what was done so far; later statements begin a new transaction.</summary>
    /// <param name="cancellationToken">Counts until COMMIT is sent. After that only the engine's <c>CleanupTimeout</c> ends the
    /// wait.</param>
    /// <exception cref="SessionAbortedException">A statement had failed before, so the transaction cannot commit.</exception>
    /// <exception cref="SessionConcurrencyException">A command or another commit is running, or a reader is open.</exception>
    /// <exception cref="SessionEndedException">The session is over.</exception>
    /// <exception cref="SessionTimeoutException">The session took longer than its <see cref="DbSessionOptions.Timeout"/>; it is
    /// rolled back.</exception>
    /// <exception cref="CommitOutcomeException">The connection was lost during COMMIT, or the engine's <c>CleanupTimeout</c>
    /// elapsed; <see cref="CommitOutcomeException.Outcome"/> says what is known.</exception>
    /// <exception cref="InvalidOperationException">A transaction begun by <see cref="BeginTransactionAsync"/> is still
    /// undecided.</exception>
    /// <exception cref="DbException">The database refused: a deferred constraint, a conflict.</exception>
    public async Task CommitAsync(CancellationToken cancellationToken = default)
    {
        var unit = _unit;
        var due = await UnitCommit.RunAsync(
            unit, CommitLevel.Session, point: null, ends: false, cancellationToken).ConfigureAwait(false);
        await (due?.RunAsync(_services, unit.Origin.Operation) ?? Task.CompletedTask).ConfigureAwait(false);
    }

    /// <summary>Rolls back what was done since the last commit; later statements begin a new transaction.</summary>
    /// <param name="cancellationToken">Counts until the rollback begins.</param>
    /// <exception cref="SessionConcurrencyException">A command is running or a reader is open.</exception>
    /// <exception cref="SessionEndedException">The session is over.</exception>
    public Task RollbackAsync(CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return UnitEnd.RollbackAsync(_unit);
    }

    /// <summary>Begins a transaction inside the session's own: a savepoint. In a session with <see
    /// cref="SessionMode.Autocommit"/> the outermost one is a real transaction.</summary>
    /// <param name="cancellationToken">Ends the wait for a connection.</param>
    /// <returns>The inner transaction; disposed without a commit it rolls back, and nothing but itself.</returns>
    /// <exception cref="SessionConcurrencyException">A command is running or a reader is open.</exception>
    /// <exception cref="SessionEndedException">The session is over.</exception>
    public Task<SessionTransaction> BeginTransactionAsync(CancellationToken cancellationToken = default) =>
        SessionTransaction.BeginTransactionAsync(_unit, cancellationToken);

    /// <summary>
    /// Makes sure that nothing is begun inside the session's transaction, so that its commit makes the work durable.
    /// </summary>
    /// <exception cref="InvalidOperationException">A transaction begun by <see cref="BeginTransactionAsync"/> is
    /// open.</exception>
    public void RequireOutermost()
    {
        _unit.ThrowIfEnded();
        if (_unit.OpenTransactions > 0)
        {
            throw new InvalidOperationException(
                "This work must be durable, but it runs inside another transaction (BeginTransactionAsync), which may " +
                "still roll back.");
        }
    }

    /// <summary>Notes where in the code the session is used, for its messages and for <see
    /// cref="HolderSnapshot.CallSite"/>.</summary>
    /// <param name="member">Filled in by the compiler.</param>
    /// <param name="file">Filled in by the compiler.</param>
    /// <param name="line">Filled in by the compiler.</param>
    /// <remarks>For extension methods, which pass on what the compiler filled in for them: ADO.NET's own members cannot
    /// know.</remarks>
    [EditorBrowsable(EditorBrowsableState.Never)]
    public void CalledFrom(
        [CallerMemberName] string member = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0) =>
        _unit.Use.CalledFrom(new CodeSite(member, file, line));

    /// <summary>
    /// Has the session's connection made as new at each of its returns, before anybody else can have it or its permit.
    /// </summary>
    /// <remarks>
    /// <para>For what no text shows: a function that takes an advisory lock or sets a variable. Commands whose text shows that
    /// they leave something (SET, LISTEN, a temporary table, a session's advisory lock, PRAGMA, ATTACH) have this effect by
    /// themselves, and so has <c>UseProviderConnectionAsync</c>. Without it the driver's own reset comes with
    /// the connection's next user only; until then others still see the lock.</para>
    /// <para>It counts from now to the session's end, over each commit and rollback, which all return the connection. On
    /// PostgreSQL each costs a round trip; on SQLite the connection is closed. A session that holds no connection does
    /// nothing.</para>
    /// </remarks>
    /// <exception cref="SessionEndedException">The session is over.</exception>
    public void ResetOnReturn() => _unit.ResetOnReturn();

    /// <summary>
    /// Lends the driver's own connection, for what only the driver can do: COPY, a backup, large objects.
    /// </summary>
    /// <inheritdoc cref="UseProviderConnectionAsync{TConnection, TResult}(Func{TConnection, CancellationToken, Task{TResult}},
    /// CancellationToken)" path="/remarks|/param|/exception"/>
    /// <typeparam name="TConnection">The driver's class: <c>Npgsql.NpgsqlConnection</c>,
    /// <c>Microsoft.Data.Sqlite.SqliteConnection</c>.</typeparam>
    /// <returns>A task that ends when the work has ended and the transaction was found to be alive.</returns>
    public Task UseProviderConnectionAsync<TConnection>(
        Func<TConnection, CancellationToken, Task> work, CancellationToken cancellationToken = default)
        where TConnection : DbConnection
    {
        ArgumentNullException.ThrowIfNull(work);
        return UseProviderConnectionAsync<TConnection>((connection, _, token) => work(connection, token), cancellationToken);
    }

    /// <summary>Lends the driver's own connection together with its transaction, for libraries that want both.</summary>
    /// <inheritdoc cref="UseProviderConnectionAsync{TConnection, TResult}(Func{TConnection, DbTransaction, CancellationToken,
    /// Task{TResult}}, CancellationToken)" path="/remarks|/typeparam|/param|/exception"/>
    /// <returns>A task that ends when the work has ended and the transaction was found to be alive.</returns>
    public Task UseProviderConnectionAsync<TConnection>(
        Func<TConnection, DbTransaction?, CancellationToken, Task> work, CancellationToken cancellationToken = default)
        where TConnection : DbConnection
    {
        ArgumentNullException.ThrowIfNull(work);
        return UseProviderConnectionAsync<TConnection, bool>(
            async (connection, transaction, token) =>
            {
                await work(connection, transaction, token).ConfigureAwait(false);
                return true;
            },
            cancellationToken);
    }

    /// <summary>
    /// Lends the driver's own connection, for what only the driver can do: COPY, a backup, large objects.
    /// </summary>
    /// <remarks>
    /// <para>The work runs inside the session's transaction and is committed or rolled back with it; the session does nothing
    /// else meanwhile. It must not commit, roll back, roll back to a savepoint set before it, close the connection or leave a
    /// reader or a COPY open: then the transaction is rolled back, whatever the work returned. When the work throws, the session
    /// can only be rolled back, wholly or to a savepoint (<see cref="BeginTransactionAsync"/>).</para>
    /// <para>The driver's connection knows no guards: what runs on it may be synchronous, and is not shown to the session. So its
    /// state counts as unknown, and the connection is reset at its return as by <see cref="ResetOnReturn"/>.</para>
    /// <para>On SQLite the work starts on the connection's own thread, and what it awaits continues there (without
    /// <c>ConfigureAwait(false)</c>), so that a synchronous call blocks no request. So never block there on what continues there
    /// (<c>.Result</c>, <c>.Wait()</c>): neither would ever go on. A session that began as a reader stays one: a write is
    /// SQLite's own error, and needs <c>Access = ReadWrite</c>. A backup needs such a reader (<c>Access = ReadOnly</c>, or a GET
    /// request): SQLite copies no database out of a transaction that writes.</para>
    /// </remarks>
    /// <typeparam name="TConnection">The driver's class: <c>Npgsql.NpgsqlConnection</c>,
    /// <c>Microsoft.Data.Sqlite.SqliteConnection</c>.</typeparam>
    /// <typeparam name="TResult">What the work returns.</typeparam>
    /// <param name="work">The work. Its token is cancelled by <paramref name="cancellationToken"/>, when the client leaves, and
    /// when the session ends; a session that ends waits for work that ignores it no longer than the engine's
    /// <c>CleanupTimeout</c>, and its connection comes back when the work does.</param>
    /// <param name="cancellationToken">Ends the wait for a connection, then cancels the work's token.</param>
    /// <returns>What the work returned.</returns>
    /// <exception cref="InvalidOperationException">The engine's driver has another class; or the work ended the transaction,
    /// closed the connection, left something open on it, or caught the error of a statement that failed.</exception>
    /// <exception cref="SessionAbortedException">A statement had failed before, so nothing may follow.</exception>
    /// <exception cref="SessionConcurrencyException">A command is running or a reader is open.</exception>
    /// <exception cref="SessionEndedException">The session is over, or ended meanwhile.</exception>
    public Task<TResult> UseProviderConnectionAsync<TConnection, TResult>(
        Func<TConnection, CancellationToken, Task<TResult>> work, CancellationToken cancellationToken = default)
        where TConnection : DbConnection
    {
        ArgumentNullException.ThrowIfNull(work);
        return ProviderAccess.RunAsync<TConnection, TResult>(
            _unit, (connection, _, token) => work(connection, token), cancellationToken);
    }

    /// <summary>Lends the driver's own connection together with its transaction, for libraries that want both.</summary>
    /// <inheritdoc cref="UseProviderConnectionAsync{TConnection, TResult}(Func{TConnection, CancellationToken, Task{TResult}},
    /// CancellationToken)" path="/typeparam|/returns|/exception"/>
    /// <remarks>As without the transaction, which belongs to the session: do not commit it, roll it back or dispose it.</remarks>
    /// <param name="work">The work. It gets the driver's connection, its transaction (<c>NpgsqlTransaction</c>; null on SQLite,
    /// whose commands need none), and a token that is cancelled when the session ends.</param>
    /// <param name="cancellationToken">Ends the wait for a connection, then cancels the work's token.</param>
    public Task<TResult> UseProviderConnectionAsync<TConnection, TResult>(
        Func<TConnection, DbTransaction?, CancellationToken, Task<TResult>> work, CancellationToken cancellationToken = default)
        where TConnection : DbConnection
    {
        ArgumentNullException.ThrowIfNull(work);
        return ProviderAccess.RunAsync(_unit, work, cancellationToken);
    }

    /// <summary>Ends the session; what is not committed is rolled back.</summary>
    /// <returns>A task that ends when the connection is back, or after the engine's <c>CleanupTimeout</c>.</returns>
    public ValueTask DisposeAsync()
    {
        NoteAbandoned();
        return new(_unit.EndAsync("it was disposed"));
    }

    /// <summary>Ends the session without blocking: the engine does the rest in the background.</summary>
    public void Dispose()
    {
        NoteAbandoned();
        _services.Track(_unit.EndAsync("it was disposed"));
    }

    /// <summary>Begins a new unit of work after the end of the last, when the same request is run again (S08).</summary>
    internal void Rearm(DbSessionOptions options, SessionOrigin origin)
    {
        Options = options;
        var participants = _unit.Hooks.Participants;
        _unit = new UnitOfWork(Id, _services, options, origin);
        _facade = null;
        foreach (var participant in participants)
        {
            _unit.Hooks.Enroll(participant);
            participant.Rearm();
        }
    }

    private void NoteAbandoned()
    {
        if (_unit is { IsHolding: true, IsReading: false, Origin.IsManaged: true, End: null })
        {
            SessionLog.SessionAbandoned(_services.Logger, Id, EngineName, _unit.Origin.Operation);
        }
    }
}
