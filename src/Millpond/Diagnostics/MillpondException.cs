using System.Data.Common;
using Millpond.Diagnostics;

namespace Millpond;

/// <summary>The base class of Millpond's exceptions.</summary>
/// <remarks>It derives from <see cref="DbException"/>, so code that handles database errors handles these too. A message never
/// contains a connection string, a password or a parameter value. <see cref="Exception.HelpLink"/> links to the description of
/// its code.</remarks>
public abstract class MillpondException : DbException
{
    internal MillpondException(string code, string message, Exception? innerException = null)
        : base($"{message} [{code}]", innerException)
    {
        Code = code;
        base.HelpLink = ErrorPage.LinkTo(code);
    }

    /// <summary>Gets the stable code of this kind of error.</summary>
    /// <value><c>MILL</c> and four digits. Its meaning never changes.</value>
    public string Code { get; }

    /// <summary>Gets whether a retry of the same work may succeed.</summary>
    public override bool IsTransient => (InnerException as DbException)?.IsTransient ?? false;

    /// <summary>Gets the SQLSTATE of the database's own error, or null.</summary>
    public override string? SqlState => (InnerException as DbException)?.SqlState;
}
