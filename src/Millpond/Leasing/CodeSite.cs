using System.Globalization;

namespace Millpond.Leasing;

/// <summary>A place in the code, as the compiler filled it in.</summary>
internal readonly record struct CodeSite(string Member, string File, int Line)
{
    /// <summary>Gets whether there is one; the default value is none.</summary>
    public bool IsKnown => Member is not null;

    /// <summary>Writes it as <c>Load (Reports.cs:42)</c>, without the folders of whoever built it.</summary>
    public override string ToString()
    {
        var name = File.AsSpan(File.AsSpan().LastIndexOfAny('/', '\\') + 1);
        return Member.StartsWith('<')   // <Main>$: the compiler's name of a program without methods says nothing
            ? string.Create(CultureInfo.InvariantCulture, $"{name}:{Line}")
            : string.Create(CultureInfo.InvariantCulture, $"{Member} ({name}:{Line})");
    }
}
