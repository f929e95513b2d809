using System.Data;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Millpond.Soak.Service;

/// <summary>Endpoints that move money.</summary>
internal static class TransferEndpoints
{
    public const string Plain = "/transfers/plain";
    public const string Confirmed = "/transfers/confirmed";
    public const string Retried = "/transfers/retried";
    public const string Broken = "/transfers/broken";
    public const string EntityFramework = "/transfers/ef";

    public static void MapTransfers(this WebApplication app)
    {
        app.MapPost(Plain, MoveAsync);
        app.MapPost(Confirmed, MoveAsync).WithSession(session => session.ConfirmCommit = true);
        app.MapPost(Retried, MoveAsync).WithSession(session =>
        {
            session.Isolation = IsolationLevel.Serializable;
            session.Retries = 5;
        });
        app.MapPost(EntityFramework, MoveWithContextAsync);
        app.MapPost(Broken, async (Transfer transfer, DbSession session, CancellationToken cancellationToken) =>
        {
            await MoveAsync(transfer, session, cancellationToken);
            throw new InvalidOperationException("This endpoint always fails, when all of its work is done.");
        });
    }

    /// <summary>Records the transfer and changes the accounts, the lower id first. Without a payee it responds with 404, which
    /// rolls back.</summary>
    private static async Task<Results<Created, NotFound>> MoveAsync(
        Transfer transfer, DbSession session, CancellationToken cancellationToken)
    {
        await session.ExecuteAsync(
            $"""
            insert into transfers (key, payer, payee, amount)
            values ({transfer.Key}, {transfer.Payer}, {transfer.Payee}, {transfer.Amount})
            """,
            cancellationToken);
        (int Id, int Much)[] changes = [(transfer.Payer, -transfer.Amount), (transfer.Payee, transfer.Amount)];
        foreach (var (id, much) in changes.OrderBy(change => change.Id))
        {
            var found = await session.ExecuteAsync(
                $"update accounts set balance = balance + {much} where id = {id}", cancellationToken);
            if (found == 0)
            {
                return TypedResults.NotFound();
            }
        }

        return TypedResults.Created();
    }

    private static async Task<Created> MoveWithContextAsync(
        Transfer transfer, BookContext books, CancellationToken cancellationToken)
    {
        var both = await books.Accounts
            .FromSql($"select id, balance from accounts where id in ({transfer.Payer}, {transfer.Payee}) order by id for update")
            .ToListAsync(cancellationToken);
        both.Single(account => account.Id == transfer.Payer).Balance -= transfer.Amount;
        both.Single(account => account.Id == transfer.Payee).Balance += transfer.Amount;
        books.Transfers.Add(new BookedTransfer
        {
            Key = transfer.Key, Payer = transfer.Payer, Payee = transfer.Payee, Amount = transfer.Amount,
        });
        await books.SaveChangesAsync(cancellationToken);
        return TypedResults.Created();
    }
}
