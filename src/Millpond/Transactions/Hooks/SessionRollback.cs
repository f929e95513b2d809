namespace Millpond;

/// <summary>Why a session's work was rolled back, for <see cref="DbSession.AfterRollback"/>.</summary>
public sealed class SessionRollback
{
    internal SessionRollback(string reason, Exception? error)
    {
        Reason = reason;
        Error = error;
    }

    /// <summary>Gets the reason, for example "an exception left the endpoint".</summary>
    public string Reason { get; }

    /// <summary>Gets the error that led to it.</summary>
    /// <value>Null if there was none, for example for a status of 400 or more, or if it was not passed to the session.</value>
    public Exception? Error { get; }
}
