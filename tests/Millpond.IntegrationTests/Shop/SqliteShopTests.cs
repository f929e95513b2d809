using Xunit;

namespace Millpond.IntegrationTests.Shop;

public sealed class SqliteShopTests(SqliteShop shop) : ShopRules(shop), IClassFixture<SqliteShop>;
