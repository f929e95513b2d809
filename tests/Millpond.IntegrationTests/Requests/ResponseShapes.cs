using System.Buffers;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Xunit;

namespace Millpond.IntegrationTests.Requests;

/// <summary>
/// Every way in which an endpoint can answer after it has written to the database; <c>?fail=true</c> lets its commit fail.
/// </summary>
internal static class ResponseShapes
{
    /// <summary>Stands in every success, so that a test can see that none of it was sent.</summary>
    public const string Mark = "all-is-well";

    private static readonly string MarkFile = Path.Combine(AppContext.BaseDirectory, "mark.txt");
    private static readonly byte[] Line = Encoding.UTF8.GetBytes(Mark + "\n");

    public static TheoryData<string, HttpStatusCode> All => new()
    {
        { "POST /json", HttpStatusCode.OK },
        { "POST /list", HttpStatusCode.OK },
        { "POST /writes", HttpStatusCode.OK },
        { "POST /stream", HttpStatusCode.OK },
        { "POST /large-stream", HttpStatusCode.OK },
        { "POST /synchronous", HttpStatusCode.OK },
        { "POST /pipe", HttpStatusCode.OK },
        { "POST /unflushed-pipe", HttpStatusCode.OK },
        { "POST /length", HttpStatusCode.OK },
        { "POST /start", HttpStatusCode.OK },
        { "POST /complete", HttpStatusCode.OK },
        { "POST /file", HttpStatusCode.OK },
        { "POST /bytes", HttpStatusCode.OK },
        { "POST /clear", HttpStatusCode.OK },
        { "POST /mvc", HttpStatusCode.OK },
        { "POST /empty", HttpStatusCode.NoContent },
        { "HEAD /head", HttpStatusCode.OK },
        { "POST /redirect", HttpStatusCode.Redirect },
        { "POST /not-modified", HttpStatusCode.NotModified },
    };

    public static Task WorkAsync(DbSession session, bool fail) =>
        session.RunAsync(fail ? RequestTestBase.FailingInsert : RequestTestBase.GoodInsert);

    public static void Map(WebApplication app)
    {
        File.WriteAllBytes(MarkFile, Line);
        app.MapControllers();
        Result(app, "/json", static () => Results.Ok(new { mark = Mark }));
        Result(app, "/list", static () => Results.Ok(Enumerable.Range(0, 20_000).Select(static i => $"{Mark} {i}")));
        Result(app, "/bytes", static () => Results.Bytes(Line));
        Result(app, "/file", static () => Results.File(MarkFile, "text/plain"));
        Result(app, "/empty", Results.NoContent);
        Result(app, "/redirect", static () => Results.Redirect("/" + Mark));
        Result(app, "/not-modified", static () => Results.StatusCode(StatusCodes.Status304NotModified));
        app.MapMethods("/head", ["HEAD"], static async (DbSession session, bool fail = false) =>
        {
            await WorkAsync(session, fail);
            return Results.Ok(new { mark = Mark });
        });
        Direct(app, "/writes", static async response =>
        {
            await response.WriteAsync(Mark);
            await response.WriteAsync(Mark);
        });
        Direct(app, "/stream", static async response => await response.Body.WriteAsync(Line));
        Direct(app, "/large-stream", static async response =>
        {
            for (var i = 0; i < 20_000; i++)
            {
                await response.Body.WriteAsync(Line);
            }
        });
        Direct(app, "/synchronous", static response =>
        {
            response.Body.Write(Line);
            response.Body.Flush();
            return Task.CompletedTask;
        });
        Direct(app, "/pipe", static async response =>
        {
            response.BodyWriter.Write(Line);
            await response.BodyWriter.FlushAsync();
            response.BodyWriter.Write(Line);
        });
        Direct(app, "/unflushed-pipe", static response =>
        {
            response.BodyWriter.Write(Line);
            return Task.CompletedTask;
        });
        Direct(app, "/length", static async response =>
        {
            response.ContentLength = Line.Length;
            await response.Body.WriteAsync(Line);
        });
        Direct(app, "/start", static async response =>
        {
            await response.Body.WriteAsync(Line);
            await response.StartAsync();
            await response.Body.WriteAsync(Line);
        });
        Direct(app, "/complete", static async response =>
        {
            await response.Body.WriteAsync(Line);
            await response.CompleteAsync();
        });
        Direct(app, "/clear", static async response =>
        {
            await response.Body.WriteAsync("never to be seen"u8.ToArray());
            response.BodyWriter.Write("nor this"u8);
            response.Headers["X-Never"] = "1";
            response.Clear();
            await response.Body.WriteAsync(Line);
        });
    }

    private static void Result(WebApplication app, string path, Func<IResult> answer) =>
        app.MapPost(path, async (DbSession session, bool fail = false) =>
        {
            await WorkAsync(session, fail);
            return answer();
        });

    private static void Direct(WebApplication app, string path, Func<HttpResponse, Task> answer) =>
        app.MapPost(path, async (HttpContext context, DbSession session, bool fail = false) =>
        {
            await WorkAsync(session, fail);
            await answer(context.Response);
        });
}
