namespace Millpond;

/// <summary>Why a session's work was rolled back, for <see cref="DbSession.AfterRollback"/>.</summary>
public sealed class SessionRollback
{
    internal SessionRollback(string reason, Exception? error)
    {
        Reason = reason;
        Error = error;
    }

    /// <summary>Gets the reason in words: "an exception left the endpoint".</summary>
    public string Reason { get; }

    /// <summary>Gets the error that led to it.</summary>
    /// <value>Null where there was none, as with a status of 400 or more, or where nobody told the session.</value>
    public Exception? Error { get; }
}
