using Npgsql;

namespace Millpond.Overload.Services;

/// <summary>The service on Millpond, with default options except for the pool size.</summary>
internal static class MillpondService
{
    /// <param name="builder">The host.</param>
    /// <param name="database">The connection string.</param>
    /// <param name="timeout">The session timeout; null for the default without a deadline.</param>
    public static WebApplication Build(WebApplicationBuilder builder, NpgsqlConnectionStringBuilder database, TimeSpan? timeout)
    {
        builder.Services.AddMillpond(options =>
        {
            options.UsePostgreSql(database.ConnectionString);
            options.PoolSize = Service.Connections;
            options.MaxOverflow = 0;
            options.Session.Timeout = timeout;
        });
        builder.Services.AddMillpondProblemDetails();
        var app = builder.Build();
        app.UseExceptionHandler();
        app.UseMillpond();
        app.MapGet("/slow", async (DbSession session, CancellationToken cancellationToken) =>
        {
            await session.ExecuteAsync($"select slow()", cancellationToken);
            return "done";
        });
        app.MapPost("/transfer", async (DbSession session, CancellationToken cancellationToken) =>
        {
            var (low, high, amount) = AccountPair.Random();
            await session.QueryAsync<(int Id, long Balance)>(
                $"select id, balance from accounts where id in ({low}, {high}) order by id for update", cancellationToken);
            await AddAsync(low, -amount);
            await AddAsync(high, amount);
            return "done";

            Task AddAsync(int id, int much) => session.ExecuteAsync(
                $"update accounts set balance = balance + {much}, moves = moves + 1 where id = {id}", cancellationToken);
        });
        return app;
    }
}
