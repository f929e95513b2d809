using Millpond.Diagnostics;

namespace Millpond;

/// <summary>Thrown for an operation that sessions do not support, such as COMMIT as SQL text.</summary>
/// <remarks>It does not derive from <see cref="MillpondException"/>, because ADO.NET and EF Core callers expect
/// <see cref="NotSupportedException"/>. <see cref="Exception.HelpLink"/> links to the description of its code.</remarks>
public sealed class MillpondNotSupportedException : NotSupportedException
{
    internal MillpondNotSupportedException(string code, string message)
        : base($"{message} [{code}]")
    {
        Code = code;
        HelpLink = ErrorPage.LinkTo(code);
    }

    /// <summary>Gets the stable code of this kind of error.</summary>
    /// <value><c>MILL</c> and four digits. Its meaning never changes.</value>
    public string Code { get; }
}
