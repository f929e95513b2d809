using Microsoft.EntityFrameworkCore;
using Millpond.Overload.Services;

namespace Millpond.Compare.Services;

/// <summary>Millpond with plain ADO.NET, Dapper or EF Core on its sessions.</summary>
internal static class MillpondService
{
    /// <param name="builder">The host.</param>
    /// <param name="configure">Configures the engine.</param>
    /// <param name="face">The API of the handlers: <c>ado</c>, <c>dapper</c>, either with <c>-queue</c>, <c>efcore</c> or
    /// <c>efcore-pooled</c>.</param>
    /// <param name="locking">The first statement of a transfer: SQLite has no FOR UPDATE.</param>
    public static WebApplication Build(
        WebApplicationBuilder builder, Action<EngineOptions> configure, string face, string locking)
    {
        builder.Services.AddMillpond(configure);
        if (face.StartsWith("efcore", StringComparison.Ordinal))
        {
            builder.Services.AddSessionDbContext<BooksContext>(
                (_, options) => Choose(options, locking), face == "efcore-pooled");
        }

        var app = builder.Build();
        app.UseMillpond();
        switch (face)
        {
            case "ado":
                app.MapGet("/read", (DbSession db, CancellationToken ct) => AdoWork.ReadAsync(db.Connection, ct));
                app.MapPost("/insert", (DbSession db, CancellationToken ct) => AdoWork.InsertAsync(db.Connection, ct));
                app.MapPost(
                    "/transfer", (DbSession db, CancellationToken ct) => AdoWork.TransferAsync(db.Connection, locking, ct));
                break;
            case "ado-queue":
                app.MapGet("/read", (DbSession db, CancellationToken ct) => AdoWork.ReadAsync(db.Connection, ct));
                app.MapPost("/insert", (DbSession db) => AdoWork.QueueInsert(db));
                app.MapPost("/transfer", (DbSession db, CancellationToken ct) => AdoWork.QueueTransferAsync(db, locking, ct));
                break;
            case "dapper-queue":
                app.MapGet("/read", ReadAsync);
                app.MapPost("/insert", QueueInsert);
                app.MapPost("/transfer", QueueTransferAsync);
                break;
            case "dapper":
                app.MapGet("/read", ReadAsync);
                app.MapPost("/insert", InsertAsync);
                app.MapPost("/transfer", TransferAsync);
                break;
            default:
                app.MapGet("/read", EntityFramework.ReadAsync);
                app.MapPost("/insert", EntityFramework.InsertAsync);
                app.MapPost("/transfer", EntityFramework.TransferAsync);
                break;
        }

        return app;
    }

    private static DbContextOptionsBuilder Choose(DbContextOptionsBuilder options, string locking) =>
        locking == Work.Lock ? options.UseNpgsql() : options.UseSqlite();

    private static Task<long> ReadAsync(DbSession db, CancellationToken ct) =>
        db.QuerySingleAsync<long>($"select balance from accounts where id = {Work.Account()}", ct);

    private static async Task<string> InsertAsync(DbSession db, CancellationToken ct)
    {
        await db.ExecuteAsync($"insert into entries (account, amount) values ({Work.Account()}, {Work.Amount()})", ct);
        return "done";
    }

    private static async Task<string> TransferAsync(DbSession db, CancellationToken ct)
    {
        var (low, high, amount) = AccountPair.Random();
        await LockAsync(db, low, high, ct);
        await db.ExecuteAsync($"update accounts set balance = balance + {-amount}, moves = moves + 1 where id = {low}", ct);
        await db.ExecuteAsync($"update accounts set balance = balance + {amount}, moves = moves + 1 where id = {high}", ct);
        return "done";
    }

    private static string QueueInsert(DbSession db)
    {
        db.Queue($"insert into entries (account, amount) values ({Work.Account()}, {Work.Amount()})");
        return "done";
    }

    private static async Task<string> QueueTransferAsync(DbSession db, CancellationToken ct)
    {
        var (low, high, amount) = AccountPair.Random();
        await LockAsync(db, low, high, ct);
        db.Queue($"update accounts set balance = balance + {-amount}, moves = moves + 1 where id = {low}");
        db.Queue($"update accounts set balance = balance + {amount}, moves = moves + 1 where id = {high}");
        return "done";
    }

    private static Task<IReadOnlyList<(int Id, long Balance)>> LockAsync(
        DbSession db, int low, int high, CancellationToken ct) =>
        db.QueryAsync<(int Id, long Balance)>(
            $"select id, balance from accounts where id in ({low}, {high}) order by id for update", ct);
}
