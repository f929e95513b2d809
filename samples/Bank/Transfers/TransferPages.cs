using Millpond;

namespace Bank.Transfers;

/// <summary>Reads pages of transfers, ascending by id.</summary>
internal static class TransferPages
{
    public static Task<IReadOnlyList<Transfer>> ReadAsync(
        DbSession session, long after, long limit, CancellationToken cancellationToken) =>
        session.QueryAsync<Transfer>(
            $"""
            select id, from_account as "From", to_account as "To", amount from transfers
            where id > {after} order by id limit {limit}
            """,
            cancellationToken);
}
