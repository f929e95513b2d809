using Millpond.Admission;
using Millpond.Telemetry.Events;

namespace Millpond.Leasing;

/// <summary>The unit of work of a session, which can hold a connection.</summary>
internal abstract class LeaseHolder(long id, LeaseServices services, SessionOrigin origin) : IRecordedCaller
{
    public long Id => id;

    public LeaseServices Services => services;

    public SessionOrigin Origin { get; protected set; } = origin;

    /// <summary>Gets its flow, or null (S14).</summary>
    public SessionFlow? Flow { get; protected set; } = SessionFlow.Current;

    public SessionUse Use { get; } = new(
        services.Source.Dialect.AllowsCommandsBesideReaders, services.Time, services.Settings.CaptureStacks);

    /// <summary>Gets or sets for how long its attempt has held connections.</summary>
    public TimeSpan PoolTime { get; set; }

    /// <summary>Gets whether a request, a job or <c>RunAsync</c> runs its work and ends it.</summary>
    public bool IsRun => Origin.IsManaged || Flow is { HasEnded: false };

    /// <summary>Gets whether its work is retried after a failure, so waiting is better than failing.</summary>
    public abstract bool IsPatient { get; }

    /// <summary>Shortens a deadline to the rest of the session's time.</summary>
    public abstract Deadline Cap(Deadline deadline);

    /// <summary>Ends it; what is not committed is rolled back. Never throws.</summary>
    public abstract Task EndAsync(string how, Exception? error = null);
}
