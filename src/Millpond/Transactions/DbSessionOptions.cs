using System.Data;
using Millpond.Diagnostics;
using Millpond.Providers;

namespace Millpond;

/// <summary>The options of a session.</summary>
/// <remarks>Not thread-safe. The session copies them when it is opened.</remarks>
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
    /// <value>Default null: the database's own default, as read when the connection was opened. <see
    /// cref="IsolationLevel.Chaos"/> is not allowed. SQLite is always serializable.</value>
    public IsolationLevel? Isolation { get; set; }

    /// <summary>Gets or sets whether the session's statements share one transaction.</summary>
    /// <value>Default <see cref="SessionMode.Transaction"/>.</value>
    public SessionMode Mode { get; set; }

    /// <summary>Gets or sets how often the unit of work is retried after a conflict with another transaction, a deadlock, or a
    /// connection lost before its commit.</summary>
    /// <value>0 to 100 retries. Default 0. It applies where Millpond runs the work: with <c>UseMillpond</c>, in
    /// <c>DbEngine.RunAsync</c> and in <c>RunInSessionAsync</c>. Background jobs and hooks are not retried, regardless of the
    /// engine's default, unless they request it.</value>
    public int Retries { get; set; }

    /// <summary>Gets or sets how long the session may take from its first statement to its commit point.</summary>
    /// <value>More than zero, at most a day. Default null: no limit.</value>
    /// <remarks>It includes the wait for a connection, and <c>CommitAsync</c> does not restart it. When it elapses, the running
    /// command is cancelled, and the session can only be rolled back: <see cref="SessionTimeoutException"/>. A commit that was
    /// sent is not cancelled.</remarks>
    public TimeSpan? Timeout { get; set; }

    /// <summary>Gets or sets how long the database may work on one statement of the session.</summary>
    /// <value>At least a millisecond, at most a day. Default null: the engine's value, or the database's own limit.</value>
    /// <remarks>The error is the database's own: SQLSTATE 57014 on PostgreSQL, SQLITE_INTERRUPT on SQLite, where an interrupted
    /// write rolls back its transaction. A value that differs from the engine's costs no round trip on <see
    /// cref="DbSession.Connection"/>, except for a prepared first command or a stored procedure; it costs one in <see
    /// cref="SessionMode.Autocommit"/>.</remarks>
    public TimeSpan? StatementTimeout { get; set; }

    /// <summary>Gets or sets whether the outcome of a COMMIT is queried if its answer is lost.</summary>
    /// <value>Default null: on if <see cref="Retries"/> is more than 0.</value>
    /// <remarks>It costs one round trip after each start of the server, to check that the server supports the query, and none
    /// for each commit. PostgreSQL supports it from version 13 on; on other databases it has no effect. The query may take the
    /// engine's <c>CleanupTimeout</c> once more. A transaction that only sent a NOTIFY counts as one that wrote
    /// nothing.</remarks>
    public bool? ConfirmCommit { get; set; }

    /// <summary>Gets whether the database must prevent the session from writing.</summary>
    internal bool OnlyReads => Access == SessionAccess.ReadOnly;

    internal bool ConfirmsCommit => ConfirmCommit ?? Retries > 0;

    /// <summary>Adds settings that are applied at the beginning of each of the session's transactions: a tenant, a role, a
    /// search path.</summary>
    /// <param name="settings">Called at the beginning of each transaction: also after a commit, in each retry, and for each
    /// read after the commit point. It must not use the session. Its exceptions are thrown by the statement that begins the
    /// transaction.</param>
    /// <remarks>
    /// <para>The engine's settings come first, then the endpoint's, then the session's own. On PostgreSQL they are sent with
    /// the first command; on a <c>DbContext</c> they cost one round trip. They end with the transaction, so they work with a
    /// pooler in transaction mode.</para>
    /// <para>With <see cref="SessionMode.Autocommit"/> there is no transaction: the settings are applied when the session takes
    /// its connection, and reset before another session gets it. With a pooler in transaction mode this is rejected.</para>
    /// </remarks>
    public void OnBegin(Action<SessionBegin> settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        _begins = [.. _begins, settings];
    }

    /// <summary>Adds the settings of outer options, which run first.</summary>
    internal DbSessionOptions After(DbSessionOptions outer)
    {
        _begins = [.. outer._begins, .. _begins];
        return this;
    }

    /// <summary>Collects the settings of a transaction, or null.</summary>
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

    /// <summary>Finds all invalid values.</summary>
    /// <param name="prefix">The prefix of the option's name.</param>
    /// <param name="faults">Receives a sentence for each.</param>
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

    /// <exception cref="ArgumentException">A value is invalid. The message lists all of them.</exception>
    internal void ThrowIfInvalid()
    {
        // Defaults are always valid, and most sessions change one or two values.
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

    /// <summary>Sets the retries of work that does not use the engine's. Its commits are confirmed as before.</summary>
    internal DbSessionOptions SetRetries(int retries)
    {
        (Retries, ConfirmCommit) = (retries, ConfirmCommit ?? (Retries > 0 || retries > 0));
        return this;
    }

    internal DbSessionOptions Copy() => (DbSessionOptions)MemberwiseClone();
}
