using System.Runtime.CompilerServices;

namespace Millpond;

/// <summary>Says in so many words that a text is SQL as it stands.</summary>
public static class Sql
{
    /// <summary>Takes a text as SQL, unchanged. Never pass what a user typed.</summary>
    /// <param name="text">The SQL text; as a hole of an interpolated statement, a part of one.</param>
    /// <param name="member">Filled in by the compiler, for messages.</param>
    /// <param name="file">Filled in by the compiler, for messages.</param>
    /// <param name="line">Filled in by the compiler, for messages.</param>
    /// <returns>The text, marked.</returns>
    /// <exception cref="ArgumentException">It is null or empty.</exception>
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
