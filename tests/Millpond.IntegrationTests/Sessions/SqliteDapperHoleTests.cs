using System.Numerics;
using Microsoft.Data.Sqlite;
using Xunit;

namespace Millpond.IntegrationTests.Sessions;

public sealed class SqliteDapperHoleTests : DapperHoleRules
{
    protected override (string Before, string After) InList => (" or id in ", "");

    protected override Task<ScratchDatabase> CreateDatabaseAsync() => ScratchDatabase.SqliteAsync();

    [Fact]
    public async Task F02_A_driver_parameter_can_be_interpolated()
    {
        await using var session = Engine.OpenSession();
        var bytes = new SqliteParameter { SqliteType = SqliteType.Blob, Value = Guid.Empty };
        Assert.Equal(
            "blob text",
            await session.ExecuteScalarAsync<string>($"select typeof({bytes}) || ' ' || typeof({Guid.Empty})", Token));
    }

    [Fact]
    public async Task F02_A_type_that_SQLite_lacks_is_an_error_and_not_a_default()
    {
        await using var session = Engine.OpenSession();
        await Assert.ThrowsAnyAsync<Exception>(() => session.QuerySingleAsync<BigInteger>($"select 7 as x", Token));
        await Assert.ThrowsAnyAsync<Exception>(() => session.ExecuteScalarAsync<BigInteger>($"select 7 as x", Token));
        await Assert.ThrowsAnyAsync<Exception>(() => session.QuerySingleAsync<List<int>>($"select 7 as x", Token));
        await Assert.ThrowsAnyAsync<Exception>(() => session.ExecuteAsync($"select {new BigInteger(7)}", Token));
    }
}
