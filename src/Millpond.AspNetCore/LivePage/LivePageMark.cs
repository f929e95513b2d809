namespace Millpond.AspNetCore.LivePage;

/// <summary>Marks the endpoints of a live page.</summary>
/// <param name="pattern">The route that it was mapped to.</param>
internal sealed class LivePageMark(string pattern)
{
    public string Pattern => pattern;
}
