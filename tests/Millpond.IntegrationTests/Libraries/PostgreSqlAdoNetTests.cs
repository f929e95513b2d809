using System.Data;
using Dapper;
using Millpond.IntegrationTests.Sessions;
using Npgsql;
using Xunit;

namespace Millpond.IntegrationTests.Libraries;

[Trait("Needs", "PostgreSQL")]
public sealed class PostgreSqlAdoNetTests : AdoNetRules
{
    private const string AddUp =
        "create procedure add_up(a integer, inout total integer) language sql as 'select a + total'";

    protected override string Positional => "select $1 - $2";

    protected override Task<ScratchDatabase> CreateDatabaseAsync() => ScratchDatabase.PostgreSqlAsync();

    [Fact]
    public async Task F02_A_procedure_returns_its_output_parameters()
    {
        await using var session = Engine.OpenSession();
        await ExecuteAsync(session, AddUp, Token);
        await using var command = Command(session, "add_up");
        command.CommandType = CommandType.StoredProcedure;
        Add(command, "a", 3);
        var total = Add(command, "total", 4);
        total.Direction = ParameterDirection.InputOutput;
        await command.ExecuteNonQueryAsync(Token);
        Assert.Equal(7, total.Value);

        var parameters = new DynamicParameters(new { a = 5 });
        parameters.Add("total", 6, DbType.Int32, ParameterDirection.InputOutput);
        await session.Connection.ExecuteAsync("add_up", parameters, commandType: CommandType.StoredProcedure);
        Assert.Equal(11, parameters.Get<int>("total"));
    }

    [Fact]
    public async Task S20_A_procedure_that_commits_is_rejected_by_the_server()
    {
        await using var session = Engine.OpenSession();
        await ExecuteAsync(session, "create procedure ends() language plpgsql as 'begin commit; end'", Token);
        var error = await Assert.ThrowsAsync<PostgresException>(() => ExecuteAsync(session, "call ends()", Token));
        Assert.Equal((PostgresErrorCodes.InvalidTransactionTermination, SessionState.Aborted), (error.SqlState, session.State));
    }

    [Fact]
    public async Task F04_The_schema_lists_the_tables()
    {
        await using var session = Engine.OpenSession();
        var tables = await session.Connection.GetSchemaAsync("Tables", [null, "public", "users"], Token);
        Assert.Equal("users", Assert.Single(tables.AsEnumerable())["table_name"]);
    }
}
