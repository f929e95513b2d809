namespace Millpond;

/// <summary>The options of <c>UseMillpond</c>.</summary>
/// <remarks>Read once, when the pipeline is built.</remarks>
public sealed class MillpondRequestOptions
{
    private const long Most = 1024L * 1024 * 1024;
    private static readonly TimeSpan Longest = TimeSpan.FromDays(1);

    /// <summary>Gets or sets the size up to which a request body is buffered for retries.</summary>
    /// <value>0 to 1 GiB, in bytes. Default 16 MiB. Only the bodies of endpoints with <c>Retries</c> are buffered, while they
    /// are read: in memory up to 64 KiB, beyond that in a temporary file. A request with a larger body is served normally but
    /// not retried.</value>
    public long RetryBodyLimit { get; set; } = 16 * 1024 * 1024;

    /// <summary>Gets or sets the time within which a client must accept 16 KiB of a response that holds a connection other
    /// sessions wait for. If it is slower, the request is aborted and the connection is returned.</summary>
    /// <value>More than zero, at most a day. Default 5 s, the grace period of Kestrel's <c>MinResponseDataRate</c>. Only the
    /// time in which a write waits for the client counts. While no session waits for a connection, the client may be as slow as
    /// it likes.</value>
    public TimeSpan StallTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Gets or sets a callback that copies the state of scoped services to the services of a retry.</summary>
    /// <value>Called with the request's services and those of the retry. Default null: a request whose scoped services were
    /// used before <c>UseMillpond</c>, for example by authentication or to set a tenant, is not retried, because their state
    /// would be lost.</value>
    public Action<IServiceProvider, IServiceProvider>? CopyServiceState { get; set; }

    /// <summary>Gets or sets which HTTP statuses commit, unless an endpoint has its own <c>CommitWhen</c>.</summary>
    /// <value>Called with the response's status. Default null: statuses below 400 commit, all others roll back.</value>
    public Func<int, bool>? CommitWhen { get; set; }

    internal void Validate()
    {
        if (StallTimeout <= TimeSpan.Zero || StallTimeout > Longest)
        {
            throw new ArgumentOutOfRangeException(
                nameof(StallTimeout), StallTimeout, "StallTimeout must be more than zero and at most a day.");
        }

        if (RetryBodyLimit is < 0 or > Most)
        {
            throw new ArgumentOutOfRangeException(
                nameof(RetryBodyLimit), RetryBodyLimit, $"RetryBodyLimit must be 0 to {Most} bytes (1 GiB).");
        }
    }
}
