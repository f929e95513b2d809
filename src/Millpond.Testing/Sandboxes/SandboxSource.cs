using System.Data.Common;
using Millpond.Providers;

namespace Millpond.Testing.Sandboxes;

/// <summary>Hands out the one connection of a sandbox again and again, or real ones once the sandbox has been replaced.</summary>
/// <param name="inner">Where connections come from.</param>
/// <param name="isReplaceable">Whether the database belongs to the test, so that it may be written to for real.</param>
/// <param name="usesTime">Whether defaults, functions or views of the database depend on when a transaction began.</param>
internal sealed class SandboxSource(ConnectionSource inner, bool isReplaceable, bool usesTime) : ConnectionSource
{
    private readonly Lock _lock = new();
    private SandboxConnection? _active;
    private string? _refused;
    private volatile bool _isOpen;

    /// <summary>Gets the connection with the outer transaction; null: none is open.</summary>
    public ProviderConnection? Outer { get; private set; }

    /// <summary>Gets whether a session has run in the outer transaction, so that its time and its number are given.</summary>
    public bool HasRun { get; private set; }

    /// <summary>Gets or sets whether a session has committed into the outer transaction.</summary>
    public bool HasWork { get; set; }

    /// <summary>Gets or sets the statement timeout of sessions that have none of their own.</summary>
    public TimeSpan? StatementTimeout { get; set; }

    /// <summary>Gets what made the sandbox a real database; null: it is a sandbox.</summary>
    public string? Replaced { get; private set; }

    /// <summary>Gets whether the database belongs to the test, so that it may be written to for real.</summary>
    public bool IsReplaceable => isReplaceable;

    /// <summary>Gets what was refused; null: nothing.</summary>
    public string? Refused => Volatile.Read(ref _refused);

    public override DatabaseDialect Dialect => inner.Dialect;

    public override DbProviderFactory Factory => inner.Factory;

    public override string PublicConnectionString => inner.PublicConnectionString;

    public override string Server => inner.Server;

    public override string Database => inner.Database;

    public override DbParameter CreateParameter<T>(string name, T? value)
        where T : default => inner.CreateParameter(name, value);

    public override DbParameter CopyParameter(DbParameter parameter) => inner.CopyParameter(parameter);

    public override int LimitPermits(int wanted) => isReplaceable ? inner.LimitPermits(wanted) : 1;

    public override async ValueTask<ProviderConnection> RentAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (!_isOpen)
            {
                throw new InvalidOperationException(
                    "The sandbox is over: its test has ended. Await everything that the test starts.");
            }

            if (Replaced is null && _active is null)
            {
                return _active = new SandboxConnection(this, Outer!);
            }

            if (_active is { IsReal: false } && HasWork)
            {
                // What the first session writes cannot be separated from what was committed before it.
                throw Refuse(SandboxLimit.SecondSession);
            }

            Replace(SandboxLimit.SecondSession);
        }

        return await inner.RentAsync(cancellationToken).ConfigureAwait(false);
    }

    public override ValueTask ReturnAsync(ProviderConnection connection)
    {
        if (connection is not SandboxConnection own)
        {
            return inner.ReturnAsync(connection);
        }

        lock (_lock)
        {
            _active = null;
            if (!own.IsReal)
            {
                return default;   // the sandbox keeps it
            }

            Outer = null;
        }

        return inner.ReturnAsync(own.Inner);
    }

    public override Task CloseIdleAsync() => Task.CompletedTask;

    public override Task ProbeAsync(CancellationToken cancellationToken) => inner.ProbeAsync(cancellationToken);

    public override Task<CommitOutcome> ConfirmCommitAsync(object evidence, bool wrote, CancellationToken cancellationToken) =>
        inner.ConfirmCommitAsync(evidence, wrote, cancellationToken);

    public override ValueTask DisposeAsync() => default;   // the inner source does not belong to the sandbox

    /// <summary>Begins the outer transaction.</summary>
    public async Task OpenAsync(CancellationToken cancellationToken)
    {
        (HasRun, HasWork, Replaced, _refused, _active) = (false, false, null, null, null);
        var outer = await inner.RentAsync(cancellationToken).ConfigureAwait(false);
        await outer.BeginAsync(
            new TransactionSettings { Isolation = System.Data.IsolationLevel.Unspecified }, cancellationToken)
            .ConfigureAwait(false);
        (Outer, _isOpen) = (outer, true);
    }

    /// <summary>Rejects sessions from now on.</summary>
    public void Stop() => _isOpen = false;

    /// <summary>Rolls the outer transaction back, if there is one.</summary>
    public async Task CloseAsync()
    {
        ProviderConnection? outer;
        lock (_lock)
        {
            (outer, Outer, _isOpen) = (Outer, null, false);
        }

        if (outer is null)
        {
            return;
        }

        await outer.RollbackAsync(CancellationToken.None).ConfigureAwait(false);
        if (outer.NeedsReset)
        {
            await outer.ResetAsync(CancellationToken.None).ConfigureAwait(false);
        }

        await inner.ReturnAsync(outer).ConfigureAwait(false);
    }

    /// <summary>Returns why the next transaction cannot be a savepoint; null: it can. Notes that it begins.</summary>
    public string? Enter(TransactionSettings settings)
    {
        var reason = SandboxLimit.Of(settings, StatementTimeout) ?? (usesTime && HasRun && !settings.ReadOnly && isReplaceable
            ? SandboxLimit.FirstTime
            : null);
        HasRun = true;
        return reason;
    }

    /// <summary>Turns the sandbox into a real database.</summary>
    /// <param name="reason">What the sandbox cannot represent.</param>
    /// <param name="isPossible">Whether what sessions have committed so far can be committed now.</param>
    /// <exception cref="TestDatabaseException">It is not possible, or the database is not the test's own.</exception>
    public void Replace(string reason, bool isPossible = true)
    {
        lock (_lock)
        {
            if (Replaced is not null)
            {
                return;
            }

            Replaced = isReplaceable && isPossible ? reason : throw Refuse(reason);
        }
    }

    private TestDatabaseException Refuse(string reason)
    {
        _refused = reason;
        return new TestDatabaseException(
            $"A sandbox is one transaction, and {reason} cannot be part of it. Use TestIsolation.Recycled for this test.");
    }
}
