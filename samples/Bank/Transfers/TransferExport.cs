using System.Buffers;
using System.IO.Pipelines;
using System.Text.Json;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.Extensions.Options;
using Millpond;

namespace Bank.Transfers;

/// <summary>Exports all transfers, one JSON object per line. Each page has its own session, and none is held while the response
/// is written, so a slow client does not block others.</summary>
internal static class TransferExport
{
    private const int PageSize = 1_000;

    private static readonly DbSessionOptions ReadOnly = new() { Access = SessionAccess.ReadOnly };

    public static void MapTransferExport(this IEndpointRouteBuilder bank) =>
        bank.MapGet("/transfers/export", ExportAsync).WithSummary("All transfers, one JSON object per line")
            .WithoutSession().Produces<Transfer>(StatusCodes.Status200OK, "application/x-ndjson");

    private static async Task ExportAsync(
        HttpContext context, DbEngine engine, IOptions<JsonOptions> json, CancellationToken cancellationToken)
    {
        var page = await ReadPageAsync(0);   // before the response starts, so that an error here is an ordinary one
        context.Response.ContentType = "application/x-ndjson";
        if (HttpMethods.IsHead(context.Request.Method))
        {
            return;
        }

        while (page.Count > 0)
        {
            Write(page, context.Response.BodyWriter, json.Value.SerializerOptions);
            await context.Response.BodyWriter.FlushAsync(cancellationToken);

            // An exception after the first byte makes the server abort the connection, so that no client takes a partial export
            // for a complete one.
            page = page.Count < PageSize ? [] : await ReadPageAsync(page[^1].Id);
        }

        Task<IReadOnlyList<Transfer>> ReadPageAsync(long after) =>
            engine.RunAsync(
                (session, token) => TransferPages.ReadAsync(session, after, PageSize, token), ReadOnly, cancellationToken);
    }

    private static void Write(IReadOnlyList<Transfer> page, PipeWriter output, JsonSerializerOptions options)
    {
        using var writer = new Utf8JsonWriter(output);
        foreach (var transfer in page)
        {
            JsonSerializer.Serialize(writer, transfer, options);
            writer.Reset();
            output.Write("\n"u8);
        }
    }
}
