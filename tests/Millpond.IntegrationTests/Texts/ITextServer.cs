namespace Millpond.IntegrationTests.Texts;

/// <summary>A database on the bare driver, which says what texts do.</summary>
public interface ITextServer : IAsyncDisposable
{
    /// <summary>Runs a text inside a transaction.</summary>
    Task<TextVerdict> RunAsync(string text);
}
