using System.Globalization;

namespace Millpond.Leasing;

/// <summary>A place in the code, from caller information.</summary>
internal readonly record struct CodeSite(string Member, string File, int Line)
{
    /// <summary>Gets whether the place is known.</summary>
    public bool IsKnown => Member is not null;

    /// <summary>Formats it as <c>Load (Reports.cs:42)</c>, without the folders of the build machine.</summary>
    public override string ToString()
    {
        var name = File.AsSpan(File.AsSpan().LastIndexOfAny('/', '\\') + 1);
        return Member.StartsWith('<')   // <Main>$, the compiler's name for top-level statements, says nothing
            ? string.Create(CultureInfo.InvariantCulture, $"{name}:{Line}")
            : string.Create(CultureInfo.InvariantCulture, $"{Member} ({name}:{Line})");
    }
}
