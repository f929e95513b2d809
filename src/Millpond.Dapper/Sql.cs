using System.Runtime.CompilerServices;

namespace Millpond;

/// <summary>Marks text as SQL.</summary>
public static class Sql
{
    /// <summary>Marks a text as SQL that is used unchanged. Never pass user input.</summary>
    /// <param name="text">The SQL text. Inside an interpolated statement it becomes a part of the statement.</param>
    /// <param name="member">Set by the compiler, for messages.</param>
    /// <param name="file">Set by the compiler, for messages.</param>
    /// <param name="line">Set by the compiler, for messages.</param>
    /// <returns>The marked text.</returns>
    /// <exception cref="ArgumentException">The text is null or empty.</exception>
    public static RawSql Raw(
        string text,
        [CallerMemberName] string member = "",
        [CallerFilePath] string file = "",
        [CallerLineNumber] int line = 0)
    {
        ArgumentException.ThrowIfNullOrEmpty(text);
        return new RawSql(text, member, file, line);
    }
}
