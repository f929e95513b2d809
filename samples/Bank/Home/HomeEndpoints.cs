using Microsoft.AspNetCore.Http.HttpResults;

namespace Bank.Home;

/// <summary>The page a browser sees first.</summary>
internal static class HomeEndpoints
{
    private static readonly byte[] Html = Read();

    public static void MapHome(this IEndpointRouteBuilder bank) =>
        bank.MapGet("/", Show).WithoutSession().ExcludeFromDescription();

    private static FileContentHttpResult Show(HttpResponse response)
    {
        response.Headers.ContentSecurityPolicy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'";
        return TypedResults.Bytes(Html, "text/html; charset=utf-8");
    }

    private static byte[] Read()
    {
        using var page = typeof(HomeEndpoints).Assembly.GetManifestResourceStream("Bank.Home.index.html")!;
        using var copy = new MemoryStream();
        page.CopyTo(copy);
        return copy.ToArray();
    }
}
