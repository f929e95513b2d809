using Millpond.Connections;

namespace Millpond.Sessions;

/// <summary>What a text's first word says of it.</summary>
internal static class SqlVerb
{
    /// <summary>Says whether a text begins by a verb that changes rows.</summary>
    public static bool Writes(ReadOnlySpan<char> text)
    {
        var verb = SqlStatements.TakeWord(ref text);
        return Is(verb, "insert") || Is(verb, "update") || Is(verb, "delete") || Is(verb, "merge");
    }

    private static bool Is(ReadOnlySpan<char> word, string keyword) => word.Equals(keyword, StringComparison.OrdinalIgnoreCase);
}
