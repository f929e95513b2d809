using System.Diagnostics.CodeAnalysis;

namespace Millpond.Providers;

/// <summary>A parsed connection URL: <c>postgresql://user:pw@host:5432/db?sslmode=require</c>, <c>sqlite:bank.db</c>.</summary>
/// <remarks>Immutable. Its text is never shown in a message, because it may contain a password.</remarks>
[Experimental(ProviderSeam.Id)]
public sealed class ConnectionUrl
{
    private ConnectionUrl(string scheme) => Scheme = scheme;

    /// <summary>Gets the scheme in lower case.</summary>
    public string Scheme { get; }

    /// <summary>Gets the user's name, or null.</summary>
    public string? User { get; private init; }

    /// <summary>Gets the password, or null.</summary>
    public string? Password { get; private init; }

    /// <summary>Gets the hosts with their ports, unchanged, or an empty string.</summary>
    public string Authority { get; private init; } = "";

    /// <summary>Gets the text after the authority, without the separating slash; for a URL without an authority, all of
    /// it.</summary>
    public string Path { get; private init; } = "";

    /// <summary>Gets whether there is an authority (<c>//</c>), even an empty one.</summary>
    public bool HasAuthority { get; private init; }

    /// <summary>Gets whether there is an unencoded @ after the authority, a sign of a password with an unencoded / or
    /// ?.</summary>
    public bool HasStrayAt { get; private init; }

    /// <summary>Gets the query's names and values, in their order.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Query { get; private init; } = [];

    /// <summary>Parses a text if it is a URL.</summary>
    /// <returns>False for an ADO.NET connection string, which has no scheme.</returns>
    public static bool TryParse(string text, [NotNullWhen(true)] out ConnectionUrl? url)
    {
        ArgumentNullException.ThrowIfNull(text);
        url = null;
        text = text.Trim();
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        if (colon < 2 || !IsScheme(text[..colon]))   // two letters at least: C:\bank.db is a path
        {
            return false;
        }

        var scheme = text[..colon].ToLowerInvariant();
        var rest = text[(colon + 1)..];
        var (body, query) = Split(rest, rest.IndexOf('?', StringComparison.Ordinal));
        if (!body.StartsWith("//", StringComparison.Ordinal))
        {
            url = new ConnectionUrl(scheme) { Path = Uri.UnescapeDataString(body), Query = ReadQuery(query) };
            return true;
        }

        body = body[2..];
        var (authority, path) = Split(body, body.IndexOf('/', StringComparison.Ordinal));
        var at = authority.LastIndexOf('@');
        var (user, password) = at < 0 ? ("", "") : Split(authority[..at], authority.IndexOf(':', StringComparison.Ordinal));
        var hasPassword = at >= 0 && authority[..at].Contains(':', StringComparison.Ordinal);
        url = new ConnectionUrl(scheme)
        {
            HasAuthority = true,
            User = at < 0 ? null : Uri.UnescapeDataString(hasPassword ? user : authority[..at]),
            Password = hasPassword ? Uri.UnescapeDataString(password) : null,
            Authority = authority[(at + 1)..],
            Path = Uri.UnescapeDataString(path),
            HasStrayAt = path.Contains('@', StringComparison.Ordinal) ||
                (at < 0 && query.Contains('@', StringComparison.Ordinal)),
            Query = ReadQuery(query),
        };
        return true;
    }

    private static bool IsScheme(string text) =>
        char.IsAsciiLetter(text[0]) && text.All(static c => char.IsAsciiLetterOrDigit(c) || c is '+' or '-' or '.');

    private static (string Before, string After) Split(string text, int at) =>
        at < 0 || at > text.Length ? (text, "") : (text[..at], text[(at + 1)..]);

    private static KeyValuePair<string, string>[] ReadQuery(string query) =>
    [
        .. from part in query.Split('&', StringSplitOptions.RemoveEmptyEntries)
           let pair = Split(part, part.IndexOf('=', StringComparison.Ordinal))
           select KeyValuePair.Create(Uri.UnescapeDataString(pair.Before), Uri.UnescapeDataString(pair.After)),
    ];
}
