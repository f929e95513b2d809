using Bank.Input;
using Microsoft.AspNetCore.Http.HttpResults;
using Millpond;

namespace Bank.Accounts;

/// <summary>Endpoints to open and read accounts.</summary>
internal static class AccountEndpoints
{
    public static void MapAccounts(this IEndpointRouteBuilder bank)
    {
        bank = bank.MapGroup("").WithTags("Accounts");
        bank.MapPost("/accounts", OpenAsync).WithSummary("Open an account").ProducesInputProblems();
        bank.MapGet("/accounts", ListAsync).WithSummary("List accounts, ascending by id").ProducesValidationProblem();
        bank.MapGet("/accounts/{id:id}", FindAsync).WithSummary("Get an account")
            .ProducesProblem(StatusCodes.Status404NotFound);
    }

    private static async Task<Created<Account>> OpenAsync(
        NewAccount account, DbSession session, CancellationToken cancellationToken)
    {
        var opened = await session.QuerySingleAsync<Account>(
            $"insert into accounts (owner, balance) values ({account.Owner}, {account.Balance}) returning id, owner, balance",
            cancellationToken);
        return TypedResults.Created($"/accounts/{opened.Id}", opened);
    }

    private static async Task<Results<Ok<Account>, ProblemHttpResult>> FindAsync(
        long id, DbSession session, CancellationToken cancellationToken)
    {
        var account = await session.QuerySingleOrDefaultAsync<Account>(
            $"select id, owner, balance from accounts where id = {id}", cancellationToken);
        return account is null
            ? TypedResults.Problem($"There is no account {id}.", statusCode: StatusCodes.Status404NotFound)
            : TypedResults.Ok(account);
    }

    private static Task<IReadOnlyList<Account>> ListAsync(Page page, DbSession session, CancellationToken cancellationToken) =>
        session.QueryAsync<Account>(
            $"select id, owner, balance from accounts where id > {page.After} order by id limit {page.Limit}", cancellationToken);
}
