using System.Data;
using Bank.Input;
using Microsoft.AspNetCore.Http.HttpResults;
using Millpond;

namespace Bank.Transfers;

/// <summary>Moving money, and what was moved.</summary>
internal static class TransferEndpoints
{
    /// <summary>How often a serializable transfer is tried again after a conflict.</summary>
    public const int Retries = 3;

    /// <param name="bank">Where to map them.</param>
    /// <param name="serializable">Whether a transfer runs as if it were alone, and again after a conflict.</param>
    public static void MapTransfers(this IEndpointRouteBuilder bank, bool serializable)
    {
        bank = bank.MapGroup("").WithTags("Transfers");
        bank.MapPost("/transfers", MoveAsync).WithSummary("Move money from one account to another")
            .ProducesInputProblems()
            .ProducesProblem(StatusCodes.Status404NotFound)
            .ProducesProblem(StatusCodes.Status409Conflict)
            .WithSession(options =>
            {
                if (serializable)
                {
                    (options.Isolation, options.Retries) = (IsolationLevel.Serializable, Retries);
                }
            });
        bank.MapGet("/transfers", ListAsync).WithSummary("List transfers, ascending by id").ProducesValidationProblem();
        bank.MapTransferExport();
    }

    /// <summary>
    /// Writes first and checks afterwards: whatever was written goes when the answer is an error, because the session commits
    /// only below status 400. So the database's own row locks decide who comes first, and nothing is read twice.
    /// </summary>
    private static async Task<Results<Created<Transfer>, ValidationProblem, ProblemHttpResult>> MoveAsync(
        NewTransfer transfer, DbSession session, Receipts receipts, CancellationToken cancellationToken)
    {
        var (from, to, amount) = (transfer.From, transfer.To, transfer.Amount);

        // Lower id first: two transfers that cross never wait for each other in a circle.
        var payer = from < to ? await AddAsync(from, -amount) : null;
        var payee = await AddAsync(to, amount);
        payer ??= from < to ? null : await AddAsync(from, -amount);
        if (payer is null || payee is null)
        {
            return TypedResults.Problem(
                $"There is no account {(payer is null ? from : to)}.", statusCode: StatusCodes.Status404NotFound);
        }

        var id = await session.ExecuteScalarAsync<long>(
            $"insert into transfers (from_account, to_account, amount) values ({from}, {to}, {amount}) returning id",
            cancellationToken);

        if (payer < 0)
        {
            return TypedResults.Problem(
                $"Account {from} is {-payer} short for this transfer.", statusCode: StatusCodes.Status409Conflict);
        }

        if (payee > Money.Most)
        {
            return TypedResults.ValidationProblem(
                new Dictionary<string, string[]> { ["amount"] = [$"It would raise account {to} above {Money.Most}."] });
        }

        var made = new Transfer(id, from, to, amount);
        receipts.WriteAfterCommit(session, made);
        return TypedResults.Created((string?)null, made);

        // The new balance, or null where there is no such account.
        Task<long?> AddAsync(long account, long cents) => session.ExecuteScalarAsync<long?>(
            $"update accounts set balance = balance + {cents} where id = {account} returning balance", cancellationToken);
    }

    private static Task<IReadOnlyList<Transfer>> ListAsync(Page page, DbSession session, CancellationToken cancellationToken) =>
        TransferPages.ReadAsync(session, page.After, page.Limit, cancellationToken);
}
