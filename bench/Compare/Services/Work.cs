namespace Millpond.Compare.Services;

/// <summary>The statements of the workload, the same for all services.</summary>
internal static class Work
{
    public const int Accounts = 1_000;
    public const string Read = "select balance from accounts where id = @id";
    public const string Insert = "insert into entries (account, amount) values (@account, @amount)";
    public const string Lock = "select id, balance from accounts where id in (@low, @high) order by id for update";
    public const string Both = "select id, balance from accounts where id in (@low, @high) order by id";
    public const string Move = "update accounts set balance = balance + @amount, moves = moves + 1 where id = @id";

    public static int Account() => Random.Shared.Next(1, Accounts + 1);

    public static int Amount() => Random.Shared.Next(-100, 101);
}
