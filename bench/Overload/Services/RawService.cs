using Microsoft.AspNetCore.Http.HttpResults;
using Npgsql;

namespace Millpond.Overload.Services;

/// <summary>The service in careful hand-written Npgsql code, with a deadline for everything and 503 if it passes.</summary>
internal static class RawService
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(1);

    public static WebApplication Build(WebApplicationBuilder builder, NpgsqlConnectionStringBuilder database)
    {
        database.MaxPoolSize = Service.Connections;
        builder.Services.AddSingleton(NpgsqlDataSource.Create(database));
        var app = builder.Build();
        app.MapGet("/slow", (NpgsqlDataSource source, CancellationToken aborted) => RunAsync(source, SlowAsync, aborted));
        app.MapPost("/transfer", (NpgsqlDataSource source, CancellationToken aborted) => RunAsync(source, MoveAsync, aborted));
        return app;
    }

    private static async Task<Results<Ok<string>, StatusCodeHttpResult>> RunAsync(
        NpgsqlDataSource source, Func<NpgsqlConnection, CancellationToken, Task> work, CancellationToken aborted)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(aborted);
        limit.CancelAfter(Deadline);
        try
        {
            await using var connection = await source.OpenConnectionAsync(limit.Token);
            await using var transaction = await connection.BeginTransactionAsync(limit.Token);
            await work(connection, limit.Token);
            await transaction.CommitAsync(CancellationToken.None);   // from here on it must not be cancelled
            return TypedResults.Ok("done");
        }
        catch (OperationCanceledException)
        {
            return TypedResults.StatusCode(StatusCodes.Status503ServiceUnavailable);
        }
    }

    private static async Task SlowAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("select slow()", connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static async Task MoveAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var (low, high, amount) = AccountPair.Random();
        await using (var both = new NpgsqlCommand(
            "select id, balance from accounts where id in ($1, $2) order by id for update", connection))
        {
            both.Parameters.Add(new NpgsqlParameter<int> { TypedValue = low });
            both.Parameters.Add(new NpgsqlParameter<int> { TypedValue = high });
            await using var reader = await both.ExecuteReaderAsync(cancellationToken);
            while (await reader.ReadAsync(cancellationToken))
            {
            }
        }

        await AddAsync(low, -amount);
        await AddAsync(high, amount);

        async Task AddAsync(int id, int much)
        {
            await using var one = new NpgsqlCommand(
                "update accounts set balance = balance + $1, moves = moves + 1 where id = $2", connection);
            one.Parameters.Add(new NpgsqlParameter<int> { TypedValue = much });
            one.Parameters.Add(new NpgsqlParameter<int> { TypedValue = id });
            await one.ExecuteNonQueryAsync(cancellationToken);
        }
    }
}
