using System.Data.Common;
using Microsoft.Data.Sqlite;

namespace Millpond.Compare.Services;

/// <summary>Microsoft.Data.Sqlite with careful hand-written code: a pooled connection per request, a write-ahead log, and write
/// transactions that begin as writers.</summary>
internal static class SqliteService
{
    /// <summary>The same durability for all services.</summary>
    public const string Pragmas = "pragma synchronous = full; pragma foreign_keys = on;";

    public static WebApplication Build(WebApplicationBuilder builder, string file)
    {
        var text = new SqliteConnectionStringBuilder { DataSource = file, DefaultTimeout = 30 }.ConnectionString;
        var app = builder.Build();
        app.MapGet("/read", (CancellationToken ct) => RunAsync(text, deferred: true, AdoWork.ReadAsync, ct));
        app.MapPost("/insert", (CancellationToken ct) => RunAsync(text, deferred: false, AdoWork.InsertAsync, ct));
        app.MapPost(
            "/transfer",
            (CancellationToken ct) => RunAsync(
                text, deferred: false, static (connection, token) => AdoWork.TransferAsync(connection, Work.Both, token), ct));
        return app;
    }

    public static async Task<T> RunAsync<T>(
        string text, bool deferred, Func<DbConnection, CancellationToken, Task<T>> work, CancellationToken ct)
    {
        await using var connection = new SqliteConnection(text);
        await connection.OpenAsync(ct);
        await using (var pragmas = connection.CreateCommand())
        {
            pragmas.CommandText = Pragmas;
            await pragmas.ExecuteNonQueryAsync(ct);
        }

        await using var transaction = connection.BeginTransaction(deferred);
        var result = await work(new InTransaction(connection, transaction), ct);
        await transaction.CommitAsync(CancellationToken.None);
        return result;
    }
}
