using System.Data;
using Millpond.Diagnostics;
using Millpond.Providers;

namespace Millpond;

/// <summary>How one session behaves.</summary>
/// <remarks>Not thread-safe; the session takes a copy when it is opened.</remarks>
public sealed class DbSessionOptions
{
    internal const int MaxRetries = 100;
    private static readonly TimeSpan MinStatementTimeout = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan MaxTime = TimeSpan.FromDays(1);

    private Action<SessionBegin>[] _begins = [];

    /// <summary>Gets or sets whether the session reads or writes.</summary>
    /// <value>Default <see cref="SessionAccess.Auto"/>.</value>
    public SessionAccess Access { get; set; }

    /// <summary>Gets or sets the isolation level of the session's transactions.</summary>
    /// <value>Default null: the database's own default, as read when the connection was opened.
    /// <see cref="IsolationLevel.Chaos"/> is not allowed. On SQLite every transaction is serializable, whatever is set.</value>
    public IsolationLevel? Isolation { get; set; }

    /// <summary>Gets or sets whether the session's statements belong to one transaction.</summary>
    /// <value>Default <see cref="SessionMode.Transaction"/>.</value>
    public SessionMode Mode { get; set; }

    /// <summary>Gets or sets how often the whole work is retried after a conflict with another transaction, a deadlock, or a
    /// connection that was lost before its commit.</summary>
    /// <value>0 to 100 retries. Default 0. It applies where Millpond runs the work: under <c>UseMillpond</c>, in
    /// <c>DbEngine.RunAsync</c> and in <c>RunInSessionAsync</c>. Background jobs and hooks are not retried, whatever the engine's
    /// default, unless they ask for it.</value>
    public int Retries { get; set; }

    /// <summary>Gets or sets how long the session may take from its first statement to its commit point.</summary>
    /// <value>More than zero, at most a day. Default null: no limit of its own.</value>
    /// <remarks>It includes the wait for a connection, and a commit by hand does not restart it. When it elapses, what runs is
    /// cancelled, and the session can only be rolled back: <see cref="SessionTimeoutException"/>. A commit that was sent is not
    /// cancelled.</remarks>
    public TimeSpan? Timeout { get; set; }

    /// <summary>Gets or sets how long the database may work on one statement of the session.</summary>
    /// <value>At least a millisecond, at most a day. Default null: the engine's, or else the database's own limit.</value>
    /// <remarks>The error is the database's own: SQLSTATE 57014 on PostgreSQL, SQLITE_INTERRUPT on SQLite, where an interrupted
    /// write takes its transaction with it. A value that differs from the engine's costs no round trip on
    /// <see cref="DbSession.Connection"/>, except for a first command that is prepared or a stored procedure, and one in
    /// <see cref="SessionMode.Autocommit"/>.</remarks>
    public TimeSpan? StatementTimeout { get; set; }

    /// <summary>Gets or sets whether the database is queried for the outcome of a commit whose answer was lost.</summary>
    /// <value>Default null: where <see cref="Retries"/> is more than 0.</value>
    /// <remarks>It costs one round trip after each start of the server, to find out whether the server supports the query, and
    /// none for each commit. PostgreSQL supports it from version 13 on; elsewhere it has no effect. The query may take the
    /// engine's <c>CleanupTimeout</c> once more. A transaction that only sent a NOTIFY counts as one that wrote
    /// nothing.</remarks>
    public bool? ConfirmCommit { get; set; }

    /// <summary>Gets whether the database is to keep the session from writing.</summary>
    internal bool OnlyReads => Access == SessionAccess.ReadOnly;

    internal bool ConfirmsCommit => ConfirmCommit ?? Retries > 0;

    /// <summary>Adds settings that are applied at the beginning of each of the session's transactions: a tenant, a role, a search
    /// path.</summary>
    /// <param name="settings">Called at the beginning of each transaction: also after a commit, in each retry, and for each read
    /// after the commit point. It must not use the session. The statement that begins the transaction throws its
    /// exceptions.</param>
    /// <remarks>
    /// <para>The engine's come first, then the endpoint's, then the session's own. On PostgreSQL they travel with the first
    /// command, and on a <c>DbContext</c> they cost one round trip. They end with the transaction, so they work behind a
    /// transaction pooler.</para>
    /// <para>With <see cref="SessionMode.Autocommit"/> there is no transaction: the settings are applied when the session takes
    /// its connection, and reset before another session gets it. Behind a transaction pooler that is refused.</para>
    /// </remarks>
    public void OnBegin(Action<SessionBegin> settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        _begins = [.. _begins, settings];
    }

    /// <summary>Has those of other options come first.</summary>
    internal DbSessionOptions Behind(DbSessionOptions outer)
    {
        _begins = [.. outer._begins, .. _begins];
        return this;
    }

    /// <summary>Collects what a transaction sets at its beginning; null: nothing.</summary>
    internal SessionBegin? Begin(DatabaseDialect dialect, IServiceProvider? services, bool lasts)
    {
        if (_begins.Length == 0)
        {
            return null;
        }

        var begin = new SessionBegin(dialect, services, lasts);
        Array.ForEach(_begins, settings => settings(begin));
        return begin;
    }

    /// <summary>Finds every value that cannot be.</summary>
    /// <param name="prefix">What stands before an option's name.</param>
    /// <param name="faults">Gets a sentence for each.</param>
    internal void Check(string prefix, OptionFaults faults)
    {
        faults.Known(Access, $"{prefix}{nameof(Access)}");
        if (Isolation is { } level && (level == IsolationLevel.Chaos || !Enum.IsDefined(level)))
        {
            var usable = Enum.GetValues<IsolationLevel>().Except([IsolationLevel.Chaos, IsolationLevel.Unspecified]);
            var name = faults.Name($"{prefix}{nameof(Isolation)}", level);
            faults.All.Add($"{name} is {level}; use {string.Join(", ", usable)}, or leave it out.");
        }

        faults.Known(Mode, $"{prefix}{nameof(Mode)}");
        faults.Range(Retries, 0, MaxRetries, $"{prefix}{nameof(Retries)}");
        if (Timeout is { } whole)
        {
            faults.Range(whole, MaxTime, $"{prefix}{nameof(Timeout)}");
        }

        if (StatementTimeout is { } one)
        {
            faults.Range(one, MinStatementTimeout, MaxTime, $"{prefix}{nameof(StatementTimeout)}");
        }
    }

    /// <exception cref="ArgumentException">A value cannot be; it tells all of them.</exception>
    internal void ThrowIfWrong()
    {
        // What is left as it was cannot be wrong, and most sessions change one or two of them.
        if (Isolation is null && Retries == 0 && Timeout is null && StatementTimeout is null &&
            Access is >= SessionAccess.Auto and <= SessionAccess.ReadFirst &&
            Mode is (SessionMode.Transaction or SessionMode.Autocommit))
        {
            return;
        }

        var faults = new OptionFaults();
        Check("", faults);
        if (faults.All.Count > 0)
        {
            throw new ArgumentException($"The session options are invalid: {string.Join(" ", faults.All)}", "options");
        }
    }

    /// <summary>Sets the retries of work that does not take the engine's; its commits are confirmed as before.</summary>
    internal DbSessionOptions SetRetries(int retries)
    {
        (Retries, ConfirmCommit) = (retries, ConfirmCommit ?? (Retries > 0 || retries > 0));
        return this;
    }

    internal DbSessionOptions Copy() => (DbSessionOptions)MemberwiseClone();
}
