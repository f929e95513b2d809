using System.Buffers;
using System.IO.Pipelines;
using System.Text.Json;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.Extensions.Options;
using Millpond;

namespace Bank.Transfers;

/// <summary>
/// All transfers, one JSON object per line. It takes a session of its own for each page and holds none while it writes:
/// a client that reads slowly, or never, keeps nobody from the database.
/// </summary>
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
        var page = await ReadPageAsync(0);   // before the answer begins: what fails here is still an ordinary error
        context.Response.ContentType = "application/x-ndjson";
        if (HttpMethods.IsHead(context.Request.Method))
        {
            return;
        }

        while (page.Count > 0)
        {
            Write(page, context.Response.BodyWriter, json.Value.SerializerOptions);
            await context.Response.BodyWriter.FlushAsync(cancellationToken);

            // What fails from here on leaves as an exception after the first byte: the server then cuts the connection,
            // so that nobody takes half an export for a whole one.
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
