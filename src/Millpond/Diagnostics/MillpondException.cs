using System.Data.Common;
using Millpond.Diagnostics;

namespace Millpond;

/// <summary>The base of every error that Millpond itself raises.</summary>
/// <remarks>
/// It derives from <see cref="DbException"/>, so code that already handles database errors handles these too.
/// No message ever holds a connection string, a password or a parameter's value. <see cref="Exception.HelpLink"/> leads to
/// what its code means.
/// </remarks>
public abstract class MillpondException : DbException
{
    internal MillpondException(string code, string message, Exception? innerException = null)
        : base($"{message} [{code}]", innerException)
    {
        Code = code;
        base.HelpLink = ErrorPage.LinkTo(code);
    }

    /// <summary>Gets the stable code of this kind of error.</summary>
    /// <value><c>MILL</c> and four digits; it never changes its meaning.</value>
    public string Code { get; }

    /// <summary>Gets whether the same work may succeed when it is tried again.</summary>
    public override bool IsTransient => (InnerException as DbException)?.IsTransient ?? false;

    /// <summary>Gets the SQLSTATE of the database's own error, where there was one.</summary>
    public override string? SqlState => (InnerException as DbException)?.SqlState;
}
