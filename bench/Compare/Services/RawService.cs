using System.Data.Common;
using Npgsql;

namespace Millpond.Compare.Services;

/// <summary>Npgsql with careful hand-written code: open, begin, commands, commit; or without a transaction.</summary>
internal static class RawService
{
    public static WebApplication Build(WebApplicationBuilder builder, NpgsqlConnectionStringBuilder database, bool transaction)
    {
        builder.Services.AddSingleton(NpgsqlDataSource.Create(database));
        var app = builder.Build();
        app.MapGet(
            "/read", (NpgsqlDataSource source, CancellationToken ct) => RunAsync(source, transaction, AdoWork.ReadAsync, ct));
        app.MapPost(
            "/insert",
            (NpgsqlDataSource source, CancellationToken ct) => RunAsync(source, transaction, AdoWork.InsertAsync, ct));
        app.MapPost(
            "/transfer",
            (NpgsqlDataSource source, CancellationToken ct) => RunAsync(
                source, true, static (connection, token) => AdoWork.TransferAsync(connection, Work.Lock, token), ct));
        return app;
    }

    private static async Task<T> RunAsync<T>(
        NpgsqlDataSource source, bool inTransaction, Func<DbConnection, CancellationToken, Task<T>> work, CancellationToken ct)
    {
        await using var connection = await source.OpenConnectionAsync(ct);
        if (!inTransaction)
        {
            return await work(connection, ct);
        }

        await using var transaction = await connection.BeginTransactionAsync(ct);
        var result = await work(connection, ct);
        await transaction.CommitAsync(CancellationToken.None);
        return result;
    }
}
