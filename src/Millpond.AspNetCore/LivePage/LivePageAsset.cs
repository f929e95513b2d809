using System.Security.Cryptography;

namespace Millpond.AspNetCore.LivePage;

/// <summary>A file of the live page, embedded in the assembly.</summary>
internal sealed class LivePageAsset
{
    private const string Prefix = "LivePage/";

    private LivePageAsset(string name, string contentType)
    {
        using var stream = typeof(LivePageAsset).Assembly.GetManifestResourceStream(Prefix + name)!;
        Content = new byte[stream.Length];
        stream.ReadExactly(Content);
        ContentType = contentType;
        Hash = Convert.ToHexStringLower(SHA256.HashData(Content))[..16];
        Url = $"{Path.GetFileNameWithoutExtension(name)}.{Hash}{Path.GetExtension(name)}";
    }

    public static LivePageAsset Page { get; } = new("page.html", "text/html; charset=utf-8");

    /// <summary>Gets what the page loads, by the name that it has in the page.</summary>
    public static IReadOnlyDictionary<string, LivePageAsset> All { get; } = new Dictionary<string, LivePageAsset>
    {
        ["page.js"] = new("page.js", "text/javascript; charset=utf-8"),
        ["page.css"] = new("page.css", "text/css; charset=utf-8"),
        ["uplot.js"] = new("uplot.js", "text/javascript; charset=utf-8"),
        ["uplot.css"] = new("uplot.css", "text/css; charset=utf-8"),
    };

    public byte[] Content { get; }

    public string ContentType { get; }

    public string Hash { get; }

    /// <summary>Gets its name in URLs, which changes with its content.</summary>
    public string Url { get; }

    public static LivePageAsset? Find(string url) => All.Values.FirstOrDefault(one => one.Url == url);
}
