using System.Globalization;
using Millpond.Diagnostics;

namespace Millpond;

/// <summary>Thrown if a session exceeded its <see cref="DbSessionOptions.Timeout"/>.</summary>
/// <remarks>Over HTTP: 503 with Retry-After. Nothing of its open transaction was committed. If it was waiting for a connection,
/// the inner exception describes the pool.</remarks>
public sealed class SessionTimeoutException : MillpondException
{
    internal SessionTimeoutException(string operation, TimeSpan limit, Exception? innerException = null)
        : base(
            ErrorCodes.SessionTimeout,
            string.Create(
                CultureInfo.InvariantCulture,
                $"The session of {operation} exceeded its Timeout of {limit.TotalSeconds:0.###} s. Work that it had not " +
                $"committed is rolled back. ") +
            "Do slow work before its first statement or after its commit, or raise Timeout.",
            innerException)
    {
        Operation = operation;
        Limit = limit;
    }

    /// <summary>Gets the operation that opened the session.</summary>
    /// <value>The endpoint's method and route, or the place in the code.</value>
    public string Operation { get; }

    /// <summary>Gets how long the session was allowed to take.</summary>
    public TimeSpan Limit { get; }

    /// <inheritdoc/>
    public override bool IsTransient => true;
}
