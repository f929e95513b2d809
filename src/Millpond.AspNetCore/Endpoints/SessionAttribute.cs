using System.Data;
using Millpond.AspNetCore.Endpoints;

namespace Millpond;

/// <summary>Sets the session options of a controller, action, page, hub or endpoint method.</summary>
/// <remarks>Options that are not set keep the value of the outer attribute or of the engine's options.</remarks>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Method)]
public sealed class SessionAttribute : Attribute, ISessionMetadata
{
    private SessionAccess? _access;
    private SessionMode? _mode;
    private int? _retries;
    private double? _timeout;
    private double? _statementTimeout;
    private bool? _confirmCommit;

    /// <summary>Gets or sets whether the session reads or writes.</summary>
    /// <value>Default <see cref="SessionAccess.Auto"/>.</value>
    public SessionAccess Access
    {
        get => _access ?? SessionAccess.Auto;
        set => _access = value;
    }

    /// <summary>Gets or sets the isolation level of the session's transactions.</summary>
    /// <value>Default <see cref="IsolationLevel.Unspecified"/>: not set.</value>
    public IsolationLevel Isolation { get; set; } = IsolationLevel.Unspecified;

    /// <summary>Gets or sets whether the session's statements share one transaction.</summary>
    /// <value>Default <see cref="SessionMode.Transaction"/>.</value>
    public SessionMode Mode
    {
        get => _mode ?? SessionMode.Transaction;
        set => _mode = value;
    }

    /// <summary>Gets or sets how often the unit of work is retried; see <see cref="DbSessionOptions.Retries"/>.</summary>
    /// <value>0 to 100 retries. Default 0.</value>
    public int Retries
    {
        get => _retries ?? 0;
        set => _retries = value;
    }

    /// <summary>Gets or sets how long the session may take; see <see cref="DbSessionOptions.Timeout"/>.</summary>
    /// <value>Seconds: more than zero, at most a day. Default <see cref="double.PositiveInfinity"/>: not set.</value>
    public double TimeoutSeconds
    {
        get => _timeout ?? double.PositiveInfinity;
        set => _timeout = value;
    }

    /// <summary>Gets or sets how long the database may work on one statement; see <see
    /// cref="DbSessionOptions.StatementTimeout"/>.</summary>
    /// <value>Seconds: 0.001 to 86,400. Default <see cref="double.PositiveInfinity"/>: not set.</value>
    public double StatementTimeoutSeconds
    {
        get => _statementTimeout ?? double.PositiveInfinity;
        set => _statementTimeout = value;
    }

    /// <summary>Gets or sets whether the outcome of a COMMIT is queried if its answer is lost; see <see
    /// cref="DbSessionOptions.ConfirmCommit"/>.</summary>
    /// <value>Default: true if <see cref="Retries"/> is more than 0.</value>
    public bool ConfirmCommit
    {
        get => _confirmCommit ?? false;
        set => _confirmCommit = value;
    }

    void ISessionMetadata.Apply(DbSessionOptions options)
    {
        options.Access = _access ?? options.Access;
        options.Isolation = Isolation == IsolationLevel.Unspecified ? options.Isolation : Isolation;
        options.Mode = _mode ?? options.Mode;
        options.Retries = _retries ?? options.Retries;
        options.Timeout = Span(_timeout) ?? options.Timeout;
        options.StatementTimeout = Span(_statementTimeout) ?? options.StatementTimeout;
        options.ConfirmCommit = _confirmCommit ?? options.ConfirmCommit;
    }

    /// <summary>Converts seconds; an invalid number becomes a value that validation rejects.</summary>
    private static TimeSpan? Span(double? seconds) =>
        seconds is not { } value || double.IsPositiveInfinity(value) ? null
        : Math.Abs(value) < TimeSpan.MaxValue.TotalSeconds ? TimeSpan.FromSeconds(value)
        : double.IsNaN(value) || value < 0 ? TimeSpan.Zero
        : TimeSpan.MaxValue;
}
