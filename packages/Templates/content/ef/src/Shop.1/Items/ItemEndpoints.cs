using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;
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
        AppDbContext db, CancellationToken ct, long after = 0, [Range(1, 100)] int limit = 20) =>
        TypedResults.Ok(await db.Items.AsNoTracking().Where(item => item.Id > after).OrderBy(item => item.Id).Take(limit)
            .ToListAsync(ct));

    private static async Task<Results<Ok<Item>, NotFound>> FindAsync(long id, AppDbContext db, CancellationToken ct) =>
        await db.Items.FindAsync([id], ct) is { } item ? TypedResults.Ok(item) : TypedResults.NotFound();

    private static async Task<Created<Item>> AddAsync(NewItem item, AppDbContext db, CancellationToken ct)
    {
        var added = db.Items.Add(new Item(0, item.Name, item.Quantity)).Entity;
        await db.SaveChangesAsync(ct);   // gives it its id; the session commits
        return TypedResults.Created($"/items/{added.Id}", added);
    }

    private static async Task<Results<NoContent, NotFound>> DeleteAsync(long id, AppDbContext db, CancellationToken ct) =>
        await db.Items.Where(item => item.Id == id).ExecuteDeleteAsync(ct) > 0
            ? TypedResults.NoContent()
            : TypedResults.NotFound();
}
