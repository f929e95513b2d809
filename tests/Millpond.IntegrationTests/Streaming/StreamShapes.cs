using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Millpond.IntegrationTests.Requests;
using Xunit;

namespace Millpond.IntegrationTests.Streaming;

/// <summary>Every way in which an endpoint can send rows while they are read, after it has written one; <c>?fail=true</c> lets
/// its commit fail.</summary>
internal static class StreamShapes
{
    /// <summary>What each of them sends: the row that it wrote.</summary>
    public const string Row = "ada";

    public static TheoryData<string> All =>
    [
        "/bare", "/ok", "/one-of", "/undeclared", "/events", "/lines", "/writes", "/sized", "/complete",
        "/streams/bare", "/streams/action-result", "/streams/undeclared",
    ];

    public static void Map(WebApplication app)
    {
        app.MapControllers();
        app.MapPost("/bare", static async (DbSession session, bool fail, CancellationToken token) =>
        {
            await ResponseShapes.WorkAsync(session, fail);
            return RowsAsync(session, token);
        });
        app.MapPost("/ok", static async Task<Ok<IAsyncEnumerable<string>>> (
            DbSession session, bool fail, CancellationToken token) =>
        {
            await ResponseShapes.WorkAsync(session, fail);
            return TypedResults.Ok(RowsAsync(session, token));
        });
        app.MapPost("/one-of", static async Task<Results<Ok<IAsyncEnumerable<string>>, NotFound>> (
            DbSession session, bool fail, CancellationToken token) =>
        {
            await ResponseShapes.WorkAsync(session, fail);
            return TypedResults.Ok(RowsAsync(session, token));
        });
        app.MapPost("/undeclared", static async Task<IResult> (DbSession session, bool fail, CancellationToken token) =>
        {
            await ResponseShapes.WorkAsync(session, fail);
            return Results.Ok(RowsAsync(session, token));
        });
        app.MapPost("/events", static async (DbSession session, bool fail, CancellationToken token) =>
        {
            await ResponseShapes.WorkAsync(session, fail);
            return TypedResults.ServerSentEvents(EventsAsync(session, token));
        });
        app.MapPost("/lines", static async (HttpContext context, DbSession session, bool fail, CancellationToken token) =>
        {
            await ResponseShapes.WorkAsync(session, fail);
            context.Response.ContentType = "application/x-ndjson";
            await context.Response.StartAsync(token);
            await WriteAsync(context, session, token);
        });
        app.MapPost("/writes", static async (HttpContext context, DbSession session, bool fail, CancellationToken token) =>
        {
            await ResponseShapes.WorkAsync(session, fail);
            await WriteAsync(context, session, token);
        });
        app.MapPost("/sized", static async (HttpContext context, DbSession session, bool fail, CancellationToken token) =>
        {
            await ResponseShapes.WorkAsync(session, fail);
            context.Response.ContentLength =
                await session.ScalarAsync("select sum(length(name) + 3) from users", token);
            await WriteAsync(context, session, token);
        });
        app.MapPost("/complete", static async (HttpContext context, DbSession session, bool fail, CancellationToken token) =>
        {
            await ResponseShapes.WorkAsync(session, fail);
            await WriteAsync(context, session, token);
            await context.Response.CompleteAsync();
        });
    }

    /// <summary>Writes each row by hand, with the reader open.</summary>
    private static async Task WriteAsync(HttpContext context, DbSession session, CancellationToken token)
    {
        await foreach (var row in RowsAsync(session, token))
        {
            await context.Response.WriteAsync($"\"{row}\"\n", token);
        }
    }

    /// <summary>Reads the names of all users.</summary>
    public static async IAsyncEnumerable<string> RowsAsync(
        DbSession session, [EnumeratorCancellation] CancellationToken token)
    {
        await using var command = session.Connection.CreateCommand();
        command.CommandText = "select name from users order by id";
        await using var reader = await command.ExecuteReaderAsync(token);
        while (await reader.ReadAsync(token))
        {
            yield return reader.GetString(0);
        }
    }

    private static async IAsyncEnumerable<SseItem<string>> EventsAsync(
        DbSession session, [EnumeratorCancellation] CancellationToken token)
    {
        await foreach (var row in RowsAsync(session, token))
        {
            yield return new SseItem<string>(row);
        }
    }
}
