using Millpond.IntegrationTests.Bank;

namespace Millpond.IntegrationTests.Shop;

public sealed class SqliteShop : ShopFixture
{
    private protected override Task<BankDatabase> CreateDatabaseAsync() =>
        Task.FromResult<BankDatabase>(new SqliteBankDatabase());
}
