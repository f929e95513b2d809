using Microsoft.EntityFrameworkCore;

namespace Millpond.Compare.Services;

/// <summary>EF Core as documented, with an explicit transaction per request.</summary>
internal static class EntityFrameworkService
{
    public static WebApplication Build(
        WebApplicationBuilder builder, Action<DbContextOptionsBuilder> configure, bool pooled)
    {
        _ = pooled
            ? builder.Services.AddDbContextPool<BooksContext>(configure)
            : builder.Services.AddDbContext<BooksContext>(configure);
        var app = builder.Build();
        app.MapGet("/read", (BooksContext books, CancellationToken ct) => RunAsync(books, EntityFramework.ReadAsync, ct));
        app.MapPost("/insert", (BooksContext books, CancellationToken ct) => RunAsync(books, EntityFramework.InsertAsync, ct));
        app.MapPost(
            "/transfer", (BooksContext books, CancellationToken ct) => RunAsync(books, EntityFramework.TransferAsync, ct));
        return app;
    }

    private static async Task<T> RunAsync<T>(
        BooksContext books, Func<BooksContext, CancellationToken, Task<T>> work, CancellationToken ct)
    {
        await using var transaction = await books.Database.BeginTransactionAsync(ct);
        var result = await work(books, ct);
        await transaction.CommitAsync(CancellationToken.None);
        return result;
    }
}
