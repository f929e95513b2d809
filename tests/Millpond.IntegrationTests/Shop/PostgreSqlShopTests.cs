using Xunit;

namespace Millpond.IntegrationTests.Shop;

[Trait("Needs", "PostgreSQL")]
public sealed class PostgreSqlShopTests(PostgreSqlShop shop) : ShopRules(shop), IClassFixture<PostgreSqlShop>;
