namespace Millpond.Diagnostics;

/// <summary>Links to the explanations of the error codes.</summary>
internal static class ErrorPage
{
    /// <summary>The published address of docs/errors.md.</summary>
    private const string Address = "https://millpond.dev/errors";

    /// <summary>Returns the link to a code's section.</summary>
    /// <remarks>Renderers of Markdown turn the heading <c>## MILL1001</c> into an anchor in lower case.</remarks>
    public static string LinkTo(string code) => $"{Address}#{code.ToLowerInvariant()}";
}
