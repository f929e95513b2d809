using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Millpond.Overload.Services;

/// <summary>The service on EF Core, with pooled contexts and an explicit transaction.</summary>
internal static class EntityFrameworkService
{
    public static WebApplication Build(WebApplicationBuilder builder, NpgsqlConnectionStringBuilder database)
    {
        database.MaxPoolSize = Service.Connections;
        builder.Services.AddDbContextPool<BankContext>(options => options.UseNpgsql(database.ConnectionString));
        var app = builder.Build();
        app.MapGet("/slow", async (BankContext bank, CancellationToken cancellationToken) =>
        {
            await using var transaction = await bank.Database.BeginTransactionAsync(cancellationToken);
            await bank.Database.ExecuteSqlAsync($"select slow()", cancellationToken);
            await transaction.CommitAsync(cancellationToken);
            return "done";
        });
        app.MapPost("/transfer", async (BankContext bank, CancellationToken cancellationToken) =>
        {
            var (low, high, amount) = AccountPair.Random();
            await using var transaction = await bank.Database.BeginTransactionAsync(cancellationToken);
            var both = await bank.Accounts
                .FromSql($"select id, balance, moves from accounts where id in ({low}, {high}) order by id for update")
                .ToListAsync(cancellationToken);
            Add(both[0], -amount);
            Add(both[1], amount);
            await bank.SaveChangesAsync(cancellationToken);
            await transaction.CommitAsync(cancellationToken);
            return "done";
        });
        return app;
    }

    private static void Add(BankAccount account, int much)
    {
        account.Balance += much;
        account.Moves++;
    }
}
