using Millpond.Admission;

namespace Millpond.Leasing;

/// <summary>Whoever can hold a connection: the unit of work of a session.</summary>
internal abstract class LeaseHolder(long id, LeaseServices services, SessionOrigin origin)
{
    public long Id => id;

    public LeaseServices Services => services;

    public SessionOrigin Origin { get; protected set; } = origin;

    /// <summary>Gets the flow that it belongs to; null outside of any (S14).</summary>
    public SessionFlow? Flow { get; protected set; } = SessionFlow.Current;

    public SessionUse Use { get; } = new(
        services.Source.Dialect.AllowsCommandsBesideReaders, services.Time, services.Settings.CaptureStacks);

    /// <summary>Gets whether somebody runs its work and ends it: a request, a job, <c>RunAsync</c>.</summary>
    public bool IsRun => Origin.IsManaged || Flow is { HasEnded: false };

    /// <summary>Gets whether its work is repeated after a failure, so that it would rather wait than fail.</summary>
    public abstract bool IsPatient { get; }

    /// <summary>Shortens a deadline to what is left of the session's time.</summary>
    public abstract Deadline Cap(Deadline deadline);

    /// <summary>Ends it; what is not committed is rolled back. Never throws.</summary>
    public abstract Task EndAsync(string how, Exception? error = null);
}
