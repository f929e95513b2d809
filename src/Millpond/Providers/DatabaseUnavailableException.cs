using System.ComponentModel;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using Millpond.Diagnostics;
using Millpond.Providers;
using static System.FormattableString;

namespace Millpond;

/// <summary>Thrown if the database cannot be reached, its server accepts no more connections, or the connection was lost before
/// COMMIT was sent.</summary>
/// <remarks>Over HTTP: 503 with Retry-After. Nothing that the session did since its last commit was committed.</remarks>
public sealed class DatabaseUnavailableException : MillpondException
{
    private DatabaseUnavailableException(
        string message, string server, Exception? innerException, string code = ErrorCodes.DatabaseUnavailable)
        : base(code, message, innerException) => Server = server;

    /// <summary>Gets the address of the database: host, port and name, or a file.</summary>
    public string Server { get; }

    /// <inheritdoc/>
    public override bool IsTransient => !IsUnknown;

    /// <summary>Gets whether the server is up but has no connection left (G12).</summary>
    internal bool IsServerFull => Code == ErrorCodes.ServerFull;

    /// <summary>Gets whether the opening failed because nothing answered: the database is down if nothing else works
    /// (G12).</summary>
    internal bool MeansDown { get; private init; }

    /// <summary>Gets whether the database is known to be down, so nothing was tried.</summary>
    internal bool IsDown { get; private init; }

    /// <summary>Gets whether a standby rejected a write: the work can be retried on another server (G13).</summary>
    internal bool IsStandby { get; private init; }

    /// <summary>Gets whether a connection broke before its session's COMMIT was sent: the work can be retried (S17).</summary>
    internal bool IsConnectionLost { get; private init; }

    /// <summary>Gets whether an autocommit statement may have taken effect.</summary>
    internal bool IsUnknown { get; private init; }

    /// <summary>Creates the error for a connection that could not be opened.</summary>
    /// <param name="server">The address of the database, without a password.</param>
    /// <param name="innerException">The driver's own error.</param>
    /// <param name="meansDown">Whether nothing answered or the server serves no connections yet: a network error, a server that
    /// starts. False if the server rejected this connection.</param>
    [Experimental(ProviderSeam.Id)]
    [EditorBrowsable(EditorBrowsableState.Never)]
    public static DatabaseUnavailableException CannotConnect(string server, Exception innerException, bool meansDown = false)
    {
        ArgumentNullException.ThrowIfNull(innerException);
        return new(
            innerException is DbException { SqlState: ['2', '8', ..] or ['3', 'D', ..] }
                ? $"The server at {server} refused the login ({Cause(innerException)}). Check the user name, the password " +
                  "and the database name in the connection string."
                : $"The database at {server} cannot be reached ({Cause(innerException)}). Check that it is running, and the " +
                  "address.",
            server,
            innerException)
        {
            MeansDown = meansDown,
        };
    }

    /// <summary>Creates the error for a connection that the server rejected because of its connection limit.</summary>
    /// <param name="server">The address of the database, without a password.</param>
    /// <param name="innerException">The driver's own error.</param>
    [Experimental(ProviderSeam.Id)]
    [EditorBrowsable(EditorBrowsableState.Never)]
    public static DatabaseUnavailableException ServerFull(string server, Exception innerException) => ServerFull(
        server,
        innerException,
        "Lower PoolSize and MaxOverflow, let others use fewer connections, or raise the server's limit.");

    /// <summary>Creates an error with the provider's own message.</summary>
    /// <param name="server">The address of the database, without a password.</param>
    /// <param name="message">A sentence of fact that names the database, and one of advice.</param>
    /// <param name="innerException">The driver's own error.</param>
    [Experimental(ProviderSeam.Id)]
    [EditorBrowsable(EditorBrowsableState.Never)]
    public static DatabaseUnavailableException Create(string server, string message, Exception innerException) =>
        new(message, server, innerException);

    /// <summary>Creates the error for a connection that broke before its session's COMMIT was sent.</summary>
    /// <param name="server">The address of the database, without a password.</param>
    /// <param name="innerException">The driver's own error.</param>
    [Experimental(ProviderSeam.Id)]
    [EditorBrowsable(EditorBrowsableState.Never)]
    public static DatabaseUnavailableException ConnectionLost(string server, Exception innerException)
    {
        ArgumentNullException.ThrowIfNull(innerException);
        return new(
            $"The connection to {server} was lost ({Cause(innerException)}). The work since the last commit was " +
            $"rolled back and can be retried.",
            server,
            innerException)
        {
            IsConnectionLost = true,
        };
    }

    /// <summary>Creates the error for a connection that was lost during an autocommit statement.</summary>
    internal static DatabaseUnavailableException StatementLost(string server, Exception innerException) => new(
        $"The connection to {server} was lost ({Cause(innerException)}) during an autocommit statement, and it is unknown " +
        "whether it took effect. Check before you repeat it.",
        server,
        innerException)
    {
        IsUnknown = true,
    };

    internal static DatabaseUnavailableException ServerFull(string server, Exception innerException, string more)
    {
        ArgumentNullException.ThrowIfNull(innerException);
        return new(
            $"The server at {server} accepts no more connections ({Cause(innerException)}). {more}",
            server,
            innerException,
            ErrorCodes.ServerFull);
    }

    internal static DatabaseUnavailableException NoAnswer(string server, TimeSpan limit, Exception innerException) =>
        new(
            Invariant($"The database at {server} did not answer within {limit.TotalSeconds:0.###} s. ") +
            "Check that it is running, and the network.",
            server,
            innerException)
        {
            MeansDown = true,
        };

    internal static DatabaseUnavailableException Standby(string server, Exception innerException) =>
        new(
            $"The server at {server} is a standby and accepts no writes ({Cause(innerException)}). Its connections are closed, " +
            "and the next session looks for the primary among the hosts of the connection string. Are they all named there " +
            "(Host=a,b)?",
            server,
            innerException)
        {
            IsStandby = true,
        };

    internal static DatabaseUnavailableException Down(string server, TimeSpan since, DatabaseUnavailableException cause) =>
        new(
            Invariant($"The database at {server} has not been reachable for {since.TotalSeconds:0.#} s ") +
            $"({Cause(cause.InnerException ?? cause)}). It is probed regularly, and sessions continue as soon as it " +
            "answers. Check that it is running, and the address.",
            server,
            cause.InnerException ?? cause)
        {
            IsDown = true,
        };

    private static string Cause(Exception error) => error.GetBaseException().Message.TrimEnd('.').ReplaceLineEndings(" ");
}
