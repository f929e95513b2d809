using System.Net.Http.Json;
using System.Text.Json;
using Millpond.Cli.Top.Page;
using static System.FormattableString;

namespace Millpond.Cli.Top;

/// <summary>Reads the numbers of a live page.</summary>
internal sealed class PageClient : IDisposable
{
    private const string File = "snapshot.json";
    private const int MaxBytes = 16 << 20;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly HttpClient _http = new() { Timeout = Patience, MaxResponseContentBufferSize = MaxBytes };
    private readonly Uri _snapshot;

    /// <exception cref="UsageException">The URL or a header is invalid.</exception>
    public PageClient(string url, IEnumerable<string> headers)
    {
        if (!Uri.TryCreate(url, UriKind.Absolute, out var page) || page.Scheme is not ("http" or "https"))
        {
            _http.Dispose();
            throw new UsageException($"'{url}' is not the URL of a live page, such as http://localhost:5080/millpond.");
        }

        var path = page.AbsolutePath.EndsWith('/' + File, StringComparison.Ordinal)
            ? page.AbsolutePath
            : $"{page.AbsolutePath.TrimEnd('/')}/{File}";
        _snapshot = new Uri(page, path);
        foreach (var header in headers)
        {
            if (header.Split(':', 2) is not [var name, var value] ||
                !_http.DefaultRequestHeaders.TryAddWithoutValidation(name.Trim(), value.Trim()))
            {
                _http.Dispose();
                throw new UsageException("--header needs 'Name: value'.");
            }
        }
    }

    /// <exception cref="PageException">The page does not answer, or it is another page.</exception>
    public async Task<PageSnapshot> ReadAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var response = await _http.GetAsync(_snapshot, cancellationToken);
            if (!response.IsSuccessStatusCode)
            {
                throw new PageException(Invariant($"{_snapshot} answers {(int)response.StatusCode} {response.ReasonPhrase}."));
            }

            return await response.Content.ReadFromJsonAsync<PageSnapshot>(cancellationToken) is { Engines: not null } snapshot
                ? snapshot
                : throw new PageException($"{_snapshot} is not a live page of Millpond.");
        }
        catch (JsonException)
        {
            throw new PageException($"{_snapshot} is not a live page of Millpond.");
        }
        catch (HttpRequestException error)
        {
            throw new PageException($"{_snapshot} cannot be read: {error.GetBaseException().Message}");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new PageException(Invariant($"{_snapshot} did not answer within {Patience.TotalSeconds} s."));
        }
    }

    public void Dispose() => _http.Dispose();
}
