using Microsoft.EntityFrameworkCore;
using Millpond.Overload.Services;

namespace Millpond.Compare.Services;

/// <summary>The workload on EF Core, with the same code in its own transaction and on a session.</summary>
internal static class EntityFramework
{
    public static Task<long> ReadAsync(BooksContext books, CancellationToken cancellationToken)
    {
        var id = Work.Account();
        return books.Accounts.AsNoTracking().Where(one => one.Id == id).Select(one => one.Balance).SingleAsync(cancellationToken);
    }

    public static async Task<string> InsertAsync(BooksContext books, CancellationToken cancellationToken)
    {
        books.Entries.Add(new Entry { Account = Work.Account(), Amount = Work.Amount() });
        await books.SaveChangesAsync(cancellationToken);
        return "done";
    }

    public static async Task<string> TransferAsync(BooksContext books, CancellationToken cancellationToken)
    {
        var (low, high, amount) = AccountPair.Random();
        var both = books.Database.IsSqlite()
            ? await books.Accounts.Where(one => one.Id == low || one.Id == high).OrderBy(one => one.Id)
                .ToListAsync(cancellationToken)
            : await books.Accounts
                .FromSql($"select id, balance, moves from accounts where id in ({low}, {high}) order by id for update")
                .ToListAsync(cancellationToken);
        Move(both[0], -amount);
        Move(both[1], amount);
        await books.SaveChangesAsync(cancellationToken);
        return "done";
    }

    private static void Move(Account account, int amount)
    {
        account.Balance += amount;
        account.Moves++;
    }
}
