using Dapper;
using Millpond.IntegrationTests.Sessions;
using Npgsql;
using Xunit;

namespace Millpond.IntegrationTests.Libraries;

[Trait("Needs", "PostgreSQL")]
public sealed class PostgreSqlDapperFeatureTests : DapperFeatureRules
{
    protected override Task<ScratchDatabase> CreateDatabaseAsync() => ScratchDatabase.PostgreSqlAsync();

    [Fact]
    public async Task S10_Pipelining_in_Dapper_is_concurrent_use_and_rejected()
    {
        await CreatePeopleAsync();
        var pets = new[] { new Pet { Owner = 1, Name = "bello" }, new Pet { Owner = 1, Name = "maja" } };
        const string slow = "insert into pets (owner, name) select @Owner, @Name from pg_sleep(0.2)";
        await using var session = Engine.OpenSession();
        await Assert.ThrowsAsync<SessionConcurrencyException>(
            () => session.Connection.ExecuteAsync(new CommandDefinition(slow, pets, flags: CommandFlags.Pipelined)));
        await using var other = Engine.OpenSession();
        Assert.Equal(2, await other.Connection.ExecuteAsync(slow, pets));
    }

    [Fact]
    public async Task F03_A_list_is_an_array_and_not_expanded_for_IN_as_with_the_driver()
    {
        await CreatePeopleAsync();
        await using var session = Engine.OpenSession();
        var ids = new { ids = new[] { 1, 2 } };
        Assert.Equal(
            ["ada"], await session.Connection.QueryAsync<string>("select name from people where id = any(@ids)", ids));
        await using (await session.BeginTransactionAsync(Token))
        {
            var error = await Assert.ThrowsAsync<PostgresException>(
                () => session.Connection.QueryAsync<string>("select name from people where id in @ids", ids));
            Assert.Equal(PostgresErrorCodes.SyntaxError, error.SqlState);
        }

        await using (await session.BeginTransactionAsync(Token))
        {
            var error = await Assert.ThrowsAsync<PostgresException>(() => session.UseProviderConnectionAsync<NpgsqlConnection>(
                (connection, _) => connection.QueryAsync<string>("select name from people where id in @ids", ids), Token));
            Assert.Equal(PostgresErrorCodes.SyntaxError, error.SqlState);
        }
    }
}
