using System.Data.Common;

namespace Millpond.IntegrationTests.Bank;

/// <summary>What a bank's database holds, read behind the bank's back.</summary>
internal sealed record BankBooks(IReadOnlyList<BankBooks.Account> Accounts, IReadOnlyList<BankBooks.Transfer> Transfers)
{
    public static async Task<BankBooks> ReadAsync(BankDatabase database)
    {
        await using var connection = await database.OpenAsync();
        return new BankBooks(
            await ReadAsync(connection, "select id, balance from accounts", r => new Account(r.GetInt64(0), r.GetInt64(1))),
            await ReadAsync(
                connection,
                "select id, from_account, to_account, amount from transfers",
                r => new Transfer(r.GetInt64(0), r.GetInt64(1), r.GetInt64(2), r.GetInt64(3))));
    }

    public long In(long account) => Transfers.Where(t => t.To == account).Sum(t => t.Amount);

    public long Out(long account) => Transfers.Where(t => t.From == account).Sum(t => t.Amount);

    private static async Task<List<T>> ReadAsync<T>(DbConnection connection, string sql, Func<DbDataReader, T> row)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        await using var reader = await command.ExecuteReaderAsync();
        List<T> rows = [];
        while (await reader.ReadAsync())
        {
            rows.Add(row(reader));
        }

        return rows;
    }

    internal sealed record Account(long Id, long Balance);

    internal sealed record Transfer(long Id, long From, long To, long Amount);
}
