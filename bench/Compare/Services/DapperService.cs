using Dapper;
using Millpond.Overload.Services;
using Npgsql;

namespace Millpond.Compare.Services;

/// <summary>Dapper over Npgsql, in an explicit transaction.</summary>
internal static class DapperService
{
    public static WebApplication Build(WebApplicationBuilder builder, NpgsqlConnectionStringBuilder database)
    {
        builder.Services.AddSingleton(NpgsqlDataSource.Create(database));
        var app = builder.Build();
        app.MapGet("/read", (NpgsqlDataSource source, CancellationToken ct) => RunAsync(source, ReadAsync, ct));
        app.MapPost("/insert", (NpgsqlDataSource source, CancellationToken ct) => RunAsync(source, InsertAsync, ct));
        app.MapPost("/transfer", (NpgsqlDataSource source, CancellationToken ct) => RunAsync(source, TransferAsync, ct));
        return app;
    }

    private static async Task<T> RunAsync<T>(
        NpgsqlDataSource source, Func<NpgsqlConnection, NpgsqlTransaction, CancellationToken, Task<T>> work, CancellationToken ct)
    {
        await using var connection = await source.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        var result = await work(connection, transaction, ct);
        await transaction.CommitAsync(CancellationToken.None);
        return result;
    }

    private static Task<long> ReadAsync(NpgsqlConnection connection, NpgsqlTransaction transaction, CancellationToken ct) =>
        connection.QuerySingleAsync<long>(new CommandDefinition(
            Work.Read, new { id = Work.Account() }, transaction, cancellationToken: ct));

    private static async Task<string> InsertAsync(
        NpgsqlConnection connection, NpgsqlTransaction transaction, CancellationToken ct)
    {
        await connection.ExecuteAsync(new CommandDefinition(
            Work.Insert, new { account = Work.Account(), amount = Work.Amount() }, transaction, cancellationToken: ct));
        return "done";
    }

    private static async Task<string> TransferAsync(
        NpgsqlConnection connection, NpgsqlTransaction transaction, CancellationToken ct)
    {
        var (low, high, amount) = AccountPair.Random();
        await connection.QueryAsync<(int Id, long Balance)>(new CommandDefinition(
            Work.Lock, new { low, high }, transaction, cancellationToken: ct));
        await connection.ExecuteAsync(new CommandDefinition(
            Work.Move, new { amount = -amount, id = low }, transaction, cancellationToken: ct));
        await connection.ExecuteAsync(new CommandDefinition(
            Work.Move, new { amount, id = high }, transaction, cancellationToken: ct));
        return "done";
    }
}
