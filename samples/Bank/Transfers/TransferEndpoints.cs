using System.Data;
using Bank.Input;
using Microsoft.AspNetCore.Http.HttpResults;
using Millpond;

namespace Bank.Transfers;

/// <summary>Endpoints to make and read transfers.</summary>
internal static class TransferEndpoints
{
    /// <summary>The maximum number of retries of a serializable transfer.</summary>
    public const int Retries = 3;

    /// <param name="bank">The route builder.</param>
    /// <param name="serializable">Whether transfers are serializable and are retried after a conflict.</param>
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

    /// <summary>Writes first and checks afterwards: if the response is an error, all writes are rolled back, because the
    /// session commits only for a status below 400. So the database's row locks order concurrent transfers, and nothing is read
    /// twice.</summary>
    private static async Task<Results<Created<Transfer>, ValidationProblem, ProblemHttpResult>> MoveAsync(
        NewTransfer transfer, DbSession session, Receipts receipts, CancellationToken cancellationToken)
    {
        var (from, to, amount) = (transfer.From, transfer.To, transfer.Amount);

        // Lower id first, so that two opposite transfers cannot deadlock.
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

        // Returns the new balance, or null if the account does not exist.
        Task<long?> AddAsync(long account, long cents) => session.ExecuteScalarAsync<long?>(
            $"update accounts set balance = balance + {cents} where id = {account} returning balance", cancellationToken);
    }

    private static Task<IReadOnlyList<Transfer>> ListAsync(Page page, DbSession session, CancellationToken cancellationToken) =>
        TransferPages.ReadAsync(session, page.After, page.Limit, cancellationToken);
}
