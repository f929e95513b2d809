using Millpond.Diagnostics;

namespace Millpond;

/// <summary>Something was asked of a session that it does not support, such as COMMIT as SQL text.</summary>
/// <remarks>It is no <see cref="MillpondException"/>, because callers of ADO.NET and EF Core expect
/// <see cref="NotSupportedException"/>. <see cref="Exception.HelpLink"/> leads to what its code means.</remarks>
public sealed class MillpondNotSupportedException : NotSupportedException
{
    internal MillpondNotSupportedException(string code, string message)
        : base($"{message} [{code}]")
    {
        Code = code;
        HelpLink = ErrorPage.LinkTo(code);
    }

    /// <summary>Gets the stable code of this kind of error.</summary>
    /// <value><c>MILL</c> and four digits; it never changes its meaning.</value>
    public string Code { get; }
}
