using Millpond;

namespace Bank.Totals;

/// <summary>The endpoint for the bank's totals.</summary>
internal static class TotalsEndpoints
{
    private const long Billion = 1_000_000_000;

    public static void MapTotals(this IEndpointRouteBuilder bank) =>
        bank.MapGet("/totals", SumAsync).WithTags("Totals").WithSummary("Get the bank's totals");

    /// <summary>Uses one statement, and so one snapshot. It has two partial sums, because the sum of 10,000 full accounts
    /// exceeds 2^63 cents, where SQLite's sum overflows.</summary>
    private static async Task<BankTotals> SumAsync(DbSession session, CancellationToken cancellationToken)
    {
        var (accounts, billions, rest, transfers) = await session.QuerySingleAsync<Sums>(
            $"""
            select count(*) as accounts,
                   cast(coalesce(sum(balance / 1000000000), 0) as bigint) as billions,
                   cast(coalesce(sum(balance % 1000000000), 0) as bigint) as rest,
                   (select count(*) from transfers) as transfers
            from accounts
            """,
            cancellationToken);
        return new BankTotals(accounts, ((Int128)billions * Billion) + rest, transfers);
    }

    private sealed record Sums(long Accounts, long Billions, long Rest, long Transfers);
}
