using LinqToDB.DataProvider.PostgreSQL;
using LinqToDB.EntityFrameworkCore;
using Millpond.IntegrationTests.Sessions;
using Xunit;

namespace Millpond.IntegrationTests.Libraries;

[Trait("Needs", "PostgreSQL")]
public sealed class PostgreSqlLinqToDbContextTests : LinqToDbContextRules
{
    protected override Task<ScratchDatabase> CreateDatabaseAsync() => ScratchDatabase.PostgreSqlAsync();

    protected override void NameVersion() => LinqToDBForEFToolsImplDefault.PostgreSqlDefaultVersion = PostgreSQLVersion.v15;

    [Fact]
    public async Task F06_linq2db_casts_to_the_drivers_connection_unless_the_version_is_named()
    {
        LinqToDBForEFToolsImplDefault.PostgreSqlDefaultVersion = PostgreSQLVersion.AutoDetect;
        await InScopeAsync(async (shop, _) =>
        {
            var error = await Assert.ThrowsAsync<InvalidCastException>(
                () => shop.Customers.ToLinqToDB().ToListAsyncLinqToDB(Token));
            Assert.Equal(
                "Unable to cast object of type 'Millpond.PostgreSql.Connections.NpgsqlConnection' to type " +
                "'Npgsql.NpgsqlConnection'.",
                error.Message);
        });
    }
}
