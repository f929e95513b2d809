using System.ComponentModel.DataAnnotations;
using System.Data.Common;
using Microsoft.AspNetCore.Http.HttpResults;
using Millpond;
using Shop._1.Data;

namespace Shop._1.Items;

/// <summary>The items over HTTP. Each handler is one transaction; a status of 400 or more rolls it back.</summary>
internal static class ItemEndpoints
{
    public static void MapItems(this IEndpointRouteBuilder app)
    {
        var items = app.MapGroup("/items").WithTags("Items");
        items.MapGet("/", ListAsync).WithSession(ReadOnly).ProducesValidationProblem();
        items.MapGet("/{id:long}", FindAsync).WithSession(ReadOnly);
        items.MapPost("/", AddAsync).ProducesValidationProblem();
        items.MapDelete("/{id:long}", DeleteAsync);
    }

    private static void ReadOnly(DbSessionOptions options) => options.Access = SessionAccess.ReadOnly;

    private static async Task<Ok<List<Item>>> ListAsync(
        DbSession db, CancellationToken ct, long after = 0, [Range(1, 100)] int limit = 20) =>
        TypedResults.Ok(await db.QueryAsync(
            "select id, name, quantity from items where id > @after order by id limit @limit",
            Read, ct, ("after", after), ("limit", limit)));

    private static async Task<Results<Ok<Item>, NotFound>> FindAsync(long id, DbSession db, CancellationToken ct) =>
        await db.QueryAsync("select id, name, quantity from items where id = @id", Read, ct, ("id", id)) is [var item]
            ? TypedResults.Ok(item)
            : TypedResults.NotFound();

    private static async Task<Created<Item>> AddAsync(NewItem item, DbSession db, CancellationToken ct)
    {
        var added = await db.QueryAsync(
            "insert into items (name, quantity) values (@name, @quantity) returning id, name, quantity",
            Read, ct, ("name", item.Name), ("quantity", item.Quantity));
        return TypedResults.Created($"/items/{added[0].Id}", added[0]);
    }

    private static async Task<Results<NoContent, NotFound>> DeleteAsync(long id, DbSession db, CancellationToken ct) =>
        await db.ExecuteAsync("delete from items where id = @id", ct, ("id", id)) > 0
            ? TypedResults.NoContent()
            : TypedResults.NotFound();

    private static Item Read(DbDataReader row) => new(row.GetInt64(0), row.GetString(1), row.GetInt64(2));
}
