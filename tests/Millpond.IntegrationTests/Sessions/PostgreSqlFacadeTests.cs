using System.Data;
using Dapper;
using Npgsql;
using Xunit;

namespace Millpond.IntegrationTests.Sessions;

[Trait("Needs", "PostgreSQL")]
public class PostgreSqlFacadeTests : FacadeRules
{
    protected override string Driver => "Npgsql";

    protected override Task<ScratchDatabase> CreateDatabaseAsync() => RecycledAsync();

    [Fact]
    public async Task F03_An_array_works_with_ANY_in_Dapper()
    {
        await using var session = Engine.OpenSession();
        await ExecuteAsync(session, "insert into users values (1, 'ada'), (2, 'bob'), (3, 'cleo')", Token);
        var names = await session.Connection.QueryAsync<string>(
            "select name from users where id = any(@ids) order by id", new { ids = new[] { 1, 3 } });
        Assert.Equal(["ada", "cleo"], names);
    }

    [Fact]
    public async Task S13_A_readers_schema_is_available_synchronously_unless_the_server_has_to_be_queried()
    {
        await using var session = Engine.OpenSession();
        await using var command = session.Connection.CreateCommand();
        command.CommandText = "select id, name from users";
        await using (var reader = await command.ExecuteReaderAsync(Token))
        {
            Assert.Equal(2, reader.GetSchemaTable()!.Rows.Count);
        }

        await using (var reader = await command.ExecuteReaderAsync(CommandBehavior.KeyInfo, Token))
        {
            Assert.Throws<SynchronousCallException>(() => reader.GetSchemaTable());
        }

        Assert.Equal(1, Engine.GetSnapshot().SynchronousCalls);
    }

    [Fact]
    public async Task F04_A_batch_runs_in_the_sessions_transaction()
    {
        await using (var session = Engine.OpenSession())
        {
            Assert.True(session.Connection.CanCreateBatch);
            await using var batch = session.Connection.CreateBatch();
            foreach (var text in (string[])["insert into users values (1, 'ada')", "select name from users where id = @id"])
            {
                var command = batch.CreateBatchCommand();
                command.CommandText = text;
                batch.BatchCommands.Add(command);
            }

            batch.BatchCommands[1].Parameters.Add(new NpgsqlParameter("@id", 1));
            await using (var reader = await batch.ExecuteReaderAsync(Token))
            {
                Assert.True(await reader.ReadAsync(Token));
                Assert.Equal("ada", reader.GetString(0));
                await Assert.ThrowsAsync<SessionConcurrencyException>(() => batch.ExecuteScalarAsync(Token));
            }

            Assert.Throws<SynchronousCallException>(() => batch.ExecuteNonQuery());
            Assert.Throws<SynchronousCallException>(() => batch.ExecuteScalar());
            Assert.Throws<SynchronousCallException>(() => batch.ExecuteReader());
            Assert.Throws<SynchronousCallException>(batch.Prepare);
        }

        Assert.Equal(0, await CountUsersAsync());   // the session was not committed
    }

    [Fact]
    public async Task S20_A_batch_with_COMMIT_is_rejected()
    {
        await using var session = Engine.OpenSession();
        await using var batch = session.Connection.CreateBatch();
        batch.BatchCommands.Add(new NpgsqlBatchCommand("insert into users values (1, 'ada')"));
        batch.BatchCommands.Add(new NpgsqlBatchCommand("commit"));
        await Assert.ThrowsAsync<MillpondNotSupportedException>(() => batch.ExecuteNonQueryAsync(Token));
        await session.CommitAsync(Token);
        Assert.Equal(0, await CountUsersAsync());
    }
}
