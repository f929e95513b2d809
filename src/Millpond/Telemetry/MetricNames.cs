namespace Millpond.Telemetry;

/// <summary>The names of Millpond's meter, activity source, metrics and attributes.</summary>
/// <remarks>Names that begin with <c>db.client.</c> are OpenTelemetry's semantic conventions for database clients (1.44 and the
/// rename of <c>connection.max</c> to <c>connection.limit</c>, semantic-conventions#4073). The others have no equivalent
/// there.</remarks>
internal static class MetricNames
{
    /// <summary>The name of the meter and of the activity source.</summary>
    public const string Source = "Millpond";

    // Semantic conventions.
    public const string ConnectionCount = "db.client.connection.count";
    public const string ConnectionLimit = "db.client.connection.limit";
    public const string PendingRequests = "db.client.connection.pending_requests";
    public const string Timeouts = "db.client.connection.timeouts";
    public const string WaitTime = "db.client.connection.wait_time";
    public const string UseTime = "db.client.connection.use_time";
    public const string PoolName = "db.client.connection.pool.name";
    public const string ConnectionState = "db.client.connection.state";

    // Millpond's own.
    public const string Sessions = "millpond.sessions";
    public const string SessionCommands = "millpond.session.commands";
    public const string HeldIdle = "millpond.session.held_idle";
    public const string ResumeLag = "millpond.session.resume_lag";
    public const string Retries = "millpond.session.retries";
    public const string Rejections = "millpond.rejections";
    public const string Permits = "millpond.permits";
    public const string Overloaded = "millpond.overloaded";
    public const string Available = "millpond.database.available";
    public const string StaleConnections = "millpond.connections.stale";
    public const string SynchronousCalls = "millpond.synchronous_calls";
    public const string BackgroundJobs = "millpond.background.jobs";
    public const string Findings = "millpond.findings";
    public const string Outcome = "millpond.session.outcome";
    public const string Reason = "millpond.rejection.reason";
    public const string PermitKind = "millpond.permit.kind";
    public const string PermitState = "millpond.permit.state";
    public const string JobState = "millpond.background.job.state";
    public const string FindingId = "millpond.finding.id";
    public const string SessionId = "millpond.session.id";
    public const string Operation = "millpond.operation";
}
