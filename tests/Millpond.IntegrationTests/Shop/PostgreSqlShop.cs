using Millpond.IntegrationTests.Bank;

namespace Millpond.IntegrationTests.Shop;

public sealed class PostgreSqlShop : ShopFixture
{
    private protected override async Task<BankDatabase> CreateDatabaseAsync() => await PostgresBankDatabase.CreateAsync();
}
