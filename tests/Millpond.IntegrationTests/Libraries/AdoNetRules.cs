using System.Data;
using System.Data.Common;
using Xunit;

namespace Millpond.IntegrationTests.Libraries;

/// <summary>Plain ADO.NET on a session's connection, on every database.</summary>
public abstract class AdoNetRules : LibraryTestBase
{
    protected abstract string Positional { get; }

    [Fact]
    public async Task F02_Parameters_work_by_name_and_by_position()
    {
        await using var session = Engine.OpenSession();
        await using var named = Command(session, "select @a - @b");
        Add(named, "b", 2);
        Add(named, "a", 5);
        Assert.Equal(3, Convert.ToInt32(await named.ExecuteScalarAsync(Token), null));
        await using var positional = Command(session, Positional);
        Add(positional, Database.IsPostgres ? "" : "?1", 5);
        Add(positional, Database.IsPostgres ? "" : "?2", 2);
        Assert.Equal(3, Convert.ToInt32(await positional.ExecuteScalarAsync(Token), null));
    }

    [Fact]
    public async Task F04_One_command_can_return_several_results()
    {
        await using var session = Engine.OpenSession();
        await using var reader = await ReaderAsync(session, "select 1; select 'two'; select 3", Token);
        List<object> values = [];
        do
        {
            while (await reader.ReadAsync(Token))
            {
                values.Add(reader.GetValue(0));
            }
        }
        while (await reader.NextResultAsync(Token));

        Assert.Equal(["1", "two", "3"], values.Select(static value => $"{value}"));
    }

    [Fact]
    public async Task F07_Nested_transactions_undo_their_own_work()
    {
        await using var session = Engine.OpenSession();
        await using (var outer = await session.Connection.BeginTransactionAsync(Token))
        {
            await using (var command = Command(session, "insert into users values (1, 'ada')"))
            {
                command.Transaction = outer;
                await command.ExecuteNonQueryAsync(Token);
            }

            await using (var inner = await session.Connection.BeginTransactionAsync(IsolationLevel.ReadCommitted, Token))
            {
                await ExecuteAsync(session, "insert into users values (2, 'bob')", Token);
                await inner.RollbackAsync(Token);
            }

            await outer.CommitAsync(Token);
        }

        await session.CommitAsync(Token);
        Assert.Equal((1, 1), (await CountUsersAsync(), await CountUsersAsync("id = 1")));
    }

    [Fact]
    public async Task F01_StateChange_and_Disposed_are_never_raised()
    {
        var fired = 0;
        await using (var session = Engine.OpenSession())
        {
            var connection = session.Connection;
            connection.StateChange += (_, _) => fired++;
            connection.Disposed += (_, _) => fired++;
            await connection.OpenAsync(Token);
            await connection.CloseAsync();
            await using (connection)
            {
                Assert.Equal(1, await ScalarAsync<int>(session, "select 1", Token));
            }

            connection.Dispose();
            await session.CommitAsync(Token);
        }

        Assert.Equal(0, fired);
    }

    [Fact]
    public async Task F07_A_transaction_with_a_weaker_isolation_level_gets_the_sessions_level()
    {
        await using var session = Engine.OpenSession(new DbSessionOptions { Isolation = IsolationLevel.Serializable });
        await using var transaction = await session.Connection.BeginTransactionAsync(IsolationLevel.ReadCommitted, Token);
        Assert.Equal(IsolationLevel.Serializable, transaction.IsolationLevel);
    }

    [Fact]
    public async Task S13_A_data_adapter_is_rejected_unless_synchronous_calls_are_allowed()
    {
        await CreatePeopleAsync();
        await using (var session = Engine.OpenSession())
        {
            Assert.Equal("DbCommand.ExecuteReader", Assert.Throws<SynchronousCallException>(() => Fill(session)).Member);
        }

        await using var blocking = CreateBlockingEngine().OpenSession();
        Assert.Equal("ada", Fill(blocking).Rows[0]["name"]);
    }

    [Fact]
    public async Task S13_A_DataTable_cannot_load_a_reader_and_is_filled_row_by_row()
    {
        await CreatePeopleAsync();
        await using var session = Engine.OpenSession();
        using var table = new DataTable();
        await using (var reader = await ReaderAsync(session, "select name, age from people", Token))
        {
            Assert.Throws<SynchronousCallException>(() => table.Load(reader));
        }

        table.Reset();
        await using (var reader = await ReaderAsync(session, "select name, age from people", Token))
        {
            foreach (var column in await reader.GetColumnSchemaAsync(Token))
            {
                table.Columns.Add(column.ColumnName, column.DataType!);
            }

            var values = new object[reader.FieldCount];
            while (await reader.ReadAsync(Token))
            {
                reader.GetValues(values);
                table.Rows.Add(values);
            }
        }

        Assert.Equal(("ada", 36), (table.Rows[0]["name"], Convert.ToInt32(table.Rows[0]["age"], null)));
    }

    [Fact]
    public async Task F06_A_cast_to_the_drivers_classes_fails_with_an_InvalidCastException_that_names_both()
    {
        await using var session = Engine.OpenSession();
        var factory = DbProviderFactories.GetFactory(session.Connection)!;
        await using var own = factory.CreateConnection()!;
        await using var command = factory.CreateCommand()!;
        var error = Assert.Throws<InvalidCastException>(() => command.Connection = session.Connection);
        Assert.Equal(
            $"Unable to cast object of type '{session.Connection.GetType().FullName}' to type '{own.GetType().FullName}'.",
            error.Message);
    }

    protected static DbCommand Command(DbSession session, string text)
    {
        var command = session.Connection.CreateCommand();
        command.CommandText = text;
        return command;
    }

    protected static DbParameter Add(DbCommand command, string name, object value)
    {
        var parameter = command.CreateParameter();
        (parameter.ParameterName, parameter.Value) = (name, value);
        command.Parameters.Add(parameter);
        return parameter;
    }

    private static DataTable Fill(DbSession session)
    {
        var factory = DbProviderFactories.GetFactory(session.Connection)!;
        using var adapter = factory.CreateDataAdapter() ?? new PlainAdapter();   // Microsoft.Data.Sqlite has none
        using var select = Command(session, "select name, age from people");
        adapter.SelectCommand = select;
        var table = new DataTable();
        adapter.Fill(table);
        return table;
    }

    private sealed class PlainAdapter : DbDataAdapter;
}
