using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Bank.Home;

/// <summary>The start page.</summary>
internal static class HomeEndpoints
{
    private const string Address = "127.0.0.1:5080";   // the placeholder in the page

    private const string LivePage = "<!-- live page -->";   // likewise

    public static void MapHome(this IEndpointRouteBuilder bank, string? livePage)
    {
        var html = Read().Replace(LivePage, livePage is null ? "" : Link(livePage), StringComparison.Ordinal);
        bank.MapGet("/", (HttpContext context) => Show(context, html)).WithoutSession().ExcludeFromDescription();
    }

    private static string Link(string livePage) =>
        $"<li><a href=\"{livePage}\">{livePage}</a><span>the live page: who holds connections, who waits, what to do</span></li>";

    private static ContentHttpResult Show(HttpContext context, string html)
    {
        context.Response.Headers.ContentSecurityPolicy =
            "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'";
        var host = context.Request.Host;
        var address = HtmlEncoder.Default.Encode(host.HasValue ? host.Value : Address);   // HTTP/1.0 may omit the host
        return TypedResults.Content(html.Replace(Address, address, StringComparison.Ordinal), "text/html; charset=utf-8");
    }

    private static string Read()
    {
        using var page = typeof(HomeEndpoints).Assembly.GetManifestResourceStream("Bank.Home.index.html")!;
        using var reader = new StreamReader(page);
        return reader.ReadToEnd();
    }
}
