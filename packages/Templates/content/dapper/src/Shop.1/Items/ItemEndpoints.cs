using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Http.HttpResults;
using Millpond;

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

    private static async Task<Ok<IReadOnlyList<Item>>> ListAsync(
        DbSession db, CancellationToken ct, long after = 0, [Range(1, 100)] int limit = 20) =>
        TypedResults.Ok(await db.QueryAsync<Item>(
            $"select id, name, quantity from items where id > {after} order by id limit {limit}", ct));

    private static async Task<Results<Ok<Item>, NotFound>> FindAsync(long id, DbSession db, CancellationToken ct) =>
        await db.QuerySingleOrDefaultAsync<Item>($"select id, name, quantity from items where id = {id}", ct) is { } item
            ? TypedResults.Ok(item)
            : TypedResults.NotFound();

    private static async Task<Created<Item>> AddAsync(NewItem item, DbSession db, CancellationToken ct)
    {
        var added = await db.QuerySingleAsync<Item>(
            $"insert into items (name, quantity) values ({item.Name}, {item.Quantity}) returning id, name, quantity", ct);
        return TypedResults.Created($"/items/{added.Id}", added);
    }

    private static async Task<Results<NoContent, NotFound>> DeleteAsync(long id, DbSession db, CancellationToken ct) =>
        await db.ExecuteAsync($"delete from items where id = {id}", ct) > 0
            ? TypedResults.NoContent()
            : TypedResults.NotFound();
}
