namespace Millpond.Diagnostics;

/// <summary>Where each error's code is explained.</summary>
internal static class ErrorPage
{
    /// <summary>docs/errors.md as it is published: the one place that knows its address.</summary>
    private const string Address = "https://millpond.dev/errors";

    /// <summary>Finds the section of a code.</summary>
    /// <remarks>In small letters, as every renderer of Markdown names the anchor of <c>## MILL1001</c>.</remarks>
    public static string LinkTo(string code) => $"{Address}#{code.ToLowerInvariant()}";
}
