using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Net.Http.Headers;
using Millpond.AspNetCore.LivePage.Json;

namespace Millpond.AspNetCore.LivePage;

/// <summary>Answers the requests of the live page.</summary>
internal sealed class LivePageEndpoints(LiveReader reader, LiveFeed feed, bool isDevelopment)
{
    private const string Policy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; " +
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private static readonly CompositeFormat Html = CompositeFormat.Parse(Encoding.UTF8.GetString(LivePageAsset.Page.Content));

    public Task PageAsync(HttpContext context) => AnswerAsync(context, () => TypedResults.Text(
        string.Format(
            CultureInfo.InvariantCulture,
            Html,
            HtmlEncoder.Default.Encode(BaseOf(context.Request)),
            LivePageAsset.All["uplot.css"].Url,
            LivePageAsset.All["page.css"].Url,
            LivePageAsset.All["uplot.js"].Url,
            LivePageAsset.All["page.js"].Url),
        LivePageAsset.Page.ContentType));

    public Task AssetAsync(HttpContext context) => AnswerAsync(context, () =>
    {
        if (LivePageAsset.Find((string)context.Request.RouteValues["file"]!) is not { } asset)
        {
            return TypedResults.NotFound();
        }

        context.Response.Headers.CacheControl = "public, max-age=31536000, immutable";
        return TypedResults.Bytes(
            asset.Content, asset.ContentType, entityTag: new EntityTagHeaderValue($"\"{asset.Hash}\""));
    });

    public Task SnapshotAsync(HttpContext context) => AnswerAsync(context, () =>
        TypedResults.Json(feed.Read(), LiveJson.Default.LiveSnapshot));

    public Task BlackBoxAsync(HttpContext context) => AnswerAsync(context, () =>
    {
        var name = context.Request.Query["engine"].ToString();
        return reader.Engines.FirstOrDefault(one => one.Name == name) is { } engine
            ? TypedResults.Bytes(
                JsonSerializer.SerializeToUtf8Bytes(engine.GetBlackBox(), LiveJson.Default.BlackBoxSnapshot),
                "application/json",
                $"black-box-{engine.Name}.json")
            : TypedResults.NotFound();
    });

    public Task EventsAsync(HttpContext context) => AnswerAsync(context, () =>
    {
        if (feed.TryAdd(context.Abort) is not { } viewer)
        {
            context.Response.Headers.RetryAfter = "5";
            return TypedResults.StatusCode(StatusCodes.Status503ServiceUnavailable);
        }

        return new Stream(feed, viewer);
    });

    private async Task AnswerAsync(HttpContext context, Func<IResult> answer)
    {
        var headers = context.Response.Headers;
        headers.ContentSecurityPolicy = Policy;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        headers.CacheControl = "no-store";
        var result = LivePageAccess.Refusal(context, isDevelopment) is { } refusal
            ? TypedResults.Text(refusal, "text/plain; charset=utf-8", Encoding.UTF8, StatusCodes.Status403Forbidden)
            : answer();
        await result.ExecuteAsync(context).ConfigureAwait(false);
    }

    /// <summary>Returns where the page's files are, relative to the page, with or without a slash at its end. So they are found
    /// behind a proxy that changes the path, too.</summary>
    private static string BaseOf(HttpRequest request)
    {
        var path = request.PathBase.Add(request.Path).Value ?? "";
        var last = path[(path.LastIndexOf('/') + 1)..];
        return last.Length == 0 ? "./" : $"./{Uri.EscapeDataString(last)}/";
    }

    private sealed class Stream(LiveFeed feed, LiveViewer viewer) : IResult
    {
        public async Task ExecuteAsync(HttpContext httpContext)
        {
            try
            {
                httpContext.Response.Headers["X-Accel-Buffering"] = "no";   // nginx
                ServerSentEventsResult<string> events = TypedResults.ServerSentEvents(
                    feed.WatchAsync(viewer, httpContext.RequestAborted));
                await events.ExecuteAsync(httpContext).ConfigureAwait(false);
            }
            finally
            {
                feed.Remove(viewer);
            }
        }
    }
}
