using System.ComponentModel;
using System.Data.Common;
using System.Runtime.CompilerServices;
using Millpond.Leasing;
using Millpond.Providers;
using Millpond.Sessions;
using Millpond.Transactions;

namespace Millpond;

/// <summary>A unit of work on a database: one connection and one transaction, from the first statement to the commit
/// point.</summary>
/// <remarks>
/// <para>With <c>UseMillpond</c>, in <c>DbEngine.RunAsync</c> and in <c>RunInSessionAsync</c> of the service provider it is
/// committed and rolled back automatically. Injected anywhere else it is read-only: a write throws <see
/// cref="ReadOnlySessionException"/>. If you open it with <c>DbEngine.OpenSession</c>, call <see cref="CommitAsync"/>;
/// disposing it rolls back what is not committed.</para>
/// <para>Not for concurrent use: a second operation while one is running throws <see
/// cref="SessionConcurrencyException"/>.</para>
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

    /// <summary>Gets the name of its engine.</summary>
    public string EngineName => _services.EngineName;

    /// <summary>Gets the connection for ADO.NET, Dapper and other libraries. Everything that runs on it is part of the
    /// session's transaction.</summary>
    /// <remarks>It is always open; closing and disposing it do nothing. Commands need no transaction. A transaction begun on it
    /// is a savepoint. Synchronous members throw <see cref="SynchronousCallException"/> unless the engine allows
    /// them.</remarks>
    public DbConnection Connection => Facade;

    /// <summary>Gets the connection for the session's owner. Disposing it ends the session.</summary>
    internal DbConnection OwnedConnection
    {
        get
        {
            Facade.Owned = this;
            return Facade;
        }
    }

    internal DbSessionOptions Options { get; set; }

    /// <summary>Gets its service key; null if no scope opened it.</summary>
    internal string? Key { get; set; }

    internal SessionServices Services => _services;

    internal SessionOrigin Origin => _unit.Origin;

    /// <summary>Gets its current unit of work.</summary>
    internal UnitOfWork Unit => _unit;

    /// <remarks>It belongs to the unit of work, not to the session: using it after the end is an error, even if the session has
    /// begun a new unit of work (S08).</remarks>
    private SessionConnection Facade =>
        _facade ??= _services.CreateFacade(new SessionHandle(_unit, _services.SynchronousCalls));

    /// <summary>Commits the work done so far. Later statements begin a new transaction.</summary>
    /// <param name="cancellationToken">Applies until COMMIT is sent. After that only the engine's <c>CleanupTimeout</c> ends
    /// the wait.</param>
    /// <exception cref="SessionAbortedException">A statement had failed before, so the transaction cannot commit.</exception>
    /// <exception cref="SessionConcurrencyException">A command or another commit is running, or a reader is open.</exception>
    /// <exception cref="SessionEndedException">The session has ended.</exception>
    /// <exception cref="SessionTimeoutException">The session exceeded its <see cref="DbSessionOptions.Timeout"/> and is rolled
    /// back.</exception>
    /// <exception cref="CommitOutcomeException">The connection was lost during COMMIT, or the engine's <c>CleanupTimeout</c>
    /// elapsed; <see cref="CommitOutcomeException.Outcome"/> contains what is known.</exception>
    /// <exception cref="InvalidOperationException">A transaction begun with <see cref="BeginTransactionAsync"/> is still
    /// open.</exception>
    /// <exception cref="DbException">The database rejected the commit: a deferred constraint, a conflict.</exception>
    public async Task CommitAsync(CancellationToken cancellationToken = default)
    {
        var unit = _unit;
        var due = await UnitCommit.RunAsync(
            unit, CommitLevel.Session, point: null, ends: false, cancellationToken).ConfigureAwait(false);
        await (due?.RunAsync(_services, unit.Origin.Operation) ?? Task.CompletedTask).ConfigureAwait(false);
    }

    /// <summary>Rolls back the work since the last commit. Later statements begin a new transaction.</summary>
    /// <param name="cancellationToken">Applies until the rollback begins.</param>
    /// <exception cref="SessionConcurrencyException">A command is running or a reader is open.</exception>
    /// <exception cref="SessionEndedException">The session has ended.</exception>
    public Task RollbackAsync(CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return UnitEnd.RollbackAsync(_unit);
    }

    /// <summary>Begins a transaction inside the session's own, as a savepoint. In a session with <see
    /// cref="SessionMode.Autocommit"/> the outermost one is a real transaction.</summary>
    /// <param name="cancellationToken">Cancels the wait for a connection.</param>
    /// <returns>The inner transaction. If it is disposed without a commit, it rolls back its own work only.</returns>
    /// <exception cref="SessionConcurrencyException">A command is running or a reader is open.</exception>
    /// <exception cref="SessionEndedException">The session has ended.</exception>
    public Task<SessionTransaction> BeginTransactionAsync(CancellationToken cancellationToken = default) =>
        SessionTransaction.BeginTransactionAsync(_unit, cancellationToken);

    /// <summary>Checks that no inner transaction is open, so that the session's commit makes the work durable.</summary>
    /// <exception cref="InvalidOperationException">A transaction begun with <see cref="BeginTransactionAsync"/> is
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

    /// <summary>Records where in the code the session is used, for messages and for <see
    /// cref="HolderSnapshot.CallSite"/>.</summary>
    /// <param name="member">Set by the compiler.</param>
    /// <param name="file">Set by the compiler.</param>
    /// <param name="line">Set by the compiler.</param>
    /// <remarks>For extension methods, which pass on their own caller information. ADO.NET members have none.</remarks>
    [EditorBrowsable(EditorBrowsableState.Never)]
    public void CalledFrom(
        [CallerMemberName] string member = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0) =>
        _unit.Use.CalledFrom(new CodeSite(member, file, line));

    /// <summary>Resets the session's connection each time it is returned, before anyone else can get it or its
    /// permit.</summary>
    /// <remarks>
    /// <para>For state that the SQL text does not show, for example of a function that takes an advisory lock or sets a
    /// variable. Commands whose text shows that they leave state (SET, LISTEN, a temporary table, a session-level advisory
    /// lock, PRAGMA, ATTACH) have this effect automatically, and so has <c>UseProviderConnectionAsync</c>. Otherwise the driver
    /// resets the connection only for its next user; until then others still see the lock.</para>
    /// <para>It applies from now until the session's end, including each commit and rollback, which return the connection. On
    /// PostgreSQL each reset costs a round trip; on SQLite the connection is closed. It has no effect while the session holds
    /// no connection.</para>
    /// </remarks>
    /// <exception cref="SessionEndedException">The session has ended.</exception>
    public void ResetOnReturn() => _unit.ResetOnReturn();

    /// <summary>Lends the driver's own connection for driver features: COPY, a backup, large objects.</summary>
    /// <inheritdoc cref="UseProviderConnectionAsync{TConnection, TResult}(Func{TConnection, CancellationToken, Task{TResult}},
    /// CancellationToken)" path="/remarks|/param|/exception"/>
    /// <typeparam name="TConnection">The driver's class: <c>Npgsql.NpgsqlConnection</c>,
    /// <c>Microsoft.Data.Sqlite.SqliteConnection</c>.</typeparam>
    /// <returns>A task that completes when the work has ended and the transaction was checked.</returns>
    public Task UseProviderConnectionAsync<TConnection>(
        Func<TConnection, CancellationToken, Task> work, CancellationToken cancellationToken = default)
        where TConnection : DbConnection
    {
        ArgumentNullException.ThrowIfNull(work);
        return UseProviderConnectionAsync<TConnection>((connection, _, token) => work(connection, token), cancellationToken);
    }

    /// <summary>Lends the driver's own connection and transaction, for libraries that need both.</summary>
    /// <inheritdoc cref="UseProviderConnectionAsync{TConnection, TResult}(Func{TConnection, DbTransaction, CancellationToken,
    /// Task{TResult}}, CancellationToken)" path="/remarks|/typeparam|/param|/exception"/>
    /// <returns>A task that completes when the work has ended and the transaction was checked.</returns>
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

    /// <summary>Lends the driver's own connection for driver features: COPY, a backup, large objects.</summary>
    /// <remarks>
    /// <para>The work runs inside the session's transaction, is committed or rolled back with it, and has exclusive use of the
    /// session. It must not commit, roll back, roll back to an earlier savepoint, close the connection, or leave a reader or a
    /// COPY open; otherwise the transaction is rolled back, whatever the work returned. If the work throws, the session can
    /// only be rolled back, completely or to a savepoint (<see cref="BeginTransactionAsync"/>).</para>
    /// <para>The driver's connection has no checks: calls may be synchronous, and the session does not see them. So its state
    /// counts as unknown, and the connection is reset when it is returned, as with <see cref="ResetOnReturn"/>.</para>
    /// <para>On SQLite the work starts on the connection's own thread, and continues there after awaits (without
    /// <c>ConfigureAwait(false)</c>), so a synchronous call blocks no request. Never block there on something that continues
    /// there (<c>.Result</c>, <c>.Wait()</c>): it would deadlock. A session that began as a reader cannot write: SQLite reports
    /// an error; use <c>Access = ReadWrite</c>. A backup needs such a reader (<c>Access = ReadOnly</c>, or a GET request),
    /// because SQLite cannot copy a database from a transaction that writes.</para>
    /// </remarks>
    /// <typeparam name="TConnection">The driver's class: <c>Npgsql.NpgsqlConnection</c>,
    /// <c>Microsoft.Data.Sqlite.SqliteConnection</c>.</typeparam>
    /// <typeparam name="TResult">The type of the result.</typeparam>
    /// <param name="work">The work. Its token is cancelled by <paramref name="cancellationToken"/>, when the client
    /// disconnects, and when the session ends. A session that ends waits for work that ignores the token no longer than the
    /// engine's <c>CleanupTimeout</c>; its connection is returned when the work ends.</param>
    /// <param name="cancellationToken">Cancels the wait for a connection, then the work's token.</param>
    /// <returns>The result of the work.</returns>
    /// <exception cref="InvalidOperationException">The engine's driver has another class; or the work ended the transaction,
    /// closed the connection, left something open on it, or caught the error of a failed statement.</exception>
    /// <exception cref="SessionAbortedException">A statement had failed before, so nothing can follow.</exception>
    /// <exception cref="SessionConcurrencyException">A command is running or a reader is open.</exception>
    /// <exception cref="SessionEndedException">The session has ended, or ended meanwhile.</exception>
    public Task<TResult> UseProviderConnectionAsync<TConnection, TResult>(
        Func<TConnection, CancellationToken, Task<TResult>> work, CancellationToken cancellationToken = default)
        where TConnection : DbConnection
    {
        ArgumentNullException.ThrowIfNull(work);
        return ProviderAccess.RunAsync<TConnection, TResult>(
            _unit, (connection, _, token) => work(connection, token), cancellationToken);
    }

    /// <summary>Lends the driver's own connection and transaction, for libraries that need both.</summary>
    /// <inheritdoc cref="UseProviderConnectionAsync{TConnection, TResult}(Func{TConnection, CancellationToken, Task{TResult}},
    /// CancellationToken)" path="/typeparam|/returns|/exception"/>
    /// <remarks>Like the overload without the transaction. The transaction belongs to the session: do not commit it, roll it
    /// back or dispose it.</remarks>
    /// <param name="work">The work. It receives the driver's connection, its transaction (<c>NpgsqlTransaction</c>; null on
    /// SQLite, whose commands need none), and a token that is cancelled when the session ends.</param>
    /// <param name="cancellationToken">Cancels the wait for a connection, then the work's token.</param>
    public Task<TResult> UseProviderConnectionAsync<TConnection, TResult>(
        Func<TConnection, DbTransaction?, CancellationToken, Task<TResult>> work, CancellationToken cancellationToken = default)
        where TConnection : DbConnection
    {
        ArgumentNullException.ThrowIfNull(work);
        return ProviderAccess.RunAsync(_unit, work, cancellationToken);
    }

    /// <summary>Ends the session. What is not committed is rolled back.</summary>
    /// <returns>A task that completes when the connection is returned, or after the engine's <c>CleanupTimeout</c>.</returns>
    public ValueTask DisposeAsync()
    {
        NoteAbandoned();
        return new(_unit.EndAsync("it was disposed"));
    }

    /// <summary>Ends the session without blocking: the engine completes it in the background.</summary>
    public void Dispose()
    {
        NoteAbandoned();
        _services.Track(_unit.EndAsync("it was disposed"));
    }

    /// <summary>Begins a new unit of work when the same request is run again (S08).</summary>
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
