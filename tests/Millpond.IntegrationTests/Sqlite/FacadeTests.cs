using System.Data;
using System.Data.Common;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Millpond.Engine;
using Millpond.Sessions;
using Xunit;

namespace Millpond.IntegrationTests.Sqlite;

public sealed class FacadeTests : SqliteTestBase
{
    [Fact]
    public async Task F01_The_connection_is_open_and_closing_it_does_nothing()
    {
        await using var session = Engine.OpenSession();
        var connection = session.Connection;
        Assert.Equal(ConnectionState.Open, connection.State);
        connection.Close();
        await connection.CloseAsync();
        await connection.DisposeAsync();
        Assert.Equal(ConnectionState.Open, connection.State);
        await connection.OpenAsync(Token);
        Assert.Equal(1, Engine.GetSnapshot().InUse);

        await using var command = connection.CreateCommand();
        command.CommandText = "select 1";
        await (await command.ExecuteReaderAsync(CommandBehavior.CloseConnection, Token)).DisposeAsync();
        Assert.Equal(1L, await command.ExecuteScalarAsync(Token));
    }

    [Fact]
    public async Task F02_Commands_and_parameters_are_the_drivers_and_building_one_leases_nothing()
    {
        await using var session = Engine.OpenSession();
        await using var command = session.Connection.CreateCommand();
        command.CommandText = "select $x";
        command.Parameters.Add(new SqliteParameter("$x", 41));
        Assert.IsType<SqliteParameter>(command.CreateParameter());
        Assert.Equal(0, Engine.GetSnapshot().InUse);
        Assert.Equal(41L, await command.ExecuteScalarAsync(Token));
        command.Parameters.Clear();
        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => command.ExecuteScalarAsync(Token));
        Assert.Contains("$x", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void F03_The_facade_has_the_name_of_the_drivers_class_and_its_factory()
    {
        using var session = Engine.OpenSession();
        Assert.Equal("SqliteConnection", session.Connection.GetType().Name);
        Assert.False(session.Connection.GetType().IsPublic);
        Assert.Same(SqliteFactory.Instance, DbProviderFactories.GetFactory(session.Connection));
    }

    [Fact]
    public async Task F04_The_connection_string_shows_the_file_and_no_password()
    {
        await using var engine = DbEngineOf($"Data Source={File};Password=hunter2");
        using var session = engine.OpenSession();
        Assert.Equal($"Data Source={File}", session.Connection.ConnectionString);
        Assert.Equal((File, "main"), (session.Connection.DataSource, session.Connection.Database));
        Assert.Throws<NotSupportedException>(() => session.Connection.ConnectionString = "Data Source=other.db");
    }

    [Fact]
    public async Task S13_Every_synchronous_call_throws_and_says_what_to_call_instead()
    {
        await using var session = Engine.OpenSession();
        var connection = session.Connection;
        var command = connection.CreateCommand();
        command.CommandText = "select 1";
        await using var transaction = await connection.BeginTransactionAsync(Token);
        await using var reader = await command.ExecuteReaderAsync(Token);
        (Action Call, string Instead)[] calls =
        [
            (connection.Open, "OpenAsync"), (() => connection.BeginTransaction(), "BeginTransactionAsync"),
            (() => command.ExecuteNonQuery(), "ExecuteNonQueryAsync"), (() => command.ExecuteScalar(), "ExecuteScalarAsync"),
            (() => command.ExecuteReader(), "ExecuteReaderAsync"), (command.Prepare, "PrepareAsync"),
            (() => reader.Read(), "ReadAsync"), (() => reader.NextResult(), "NextResultAsync"),
            (transaction.Commit, "CommitAsync"), (transaction.Rollback, "RollbackAsync"),
            (() => transaction.Save("x"), "SaveAsync"), (() => connection.GetSchema(), "GetSchemaAsync"),
        ];
        foreach (var (call, instead) in calls)
        {
            Assert.Contains(instead, Assert.Throws<SynchronousCallException>(call).Message, StringComparison.Ordinal);
        }

        reader.Close();
        reader.Dispose();
        command.Dispose();
        connection.Close();
        Assert.Equal(calls.Length, Engine.GetSnapshot().SynchronousCalls);
    }

    [Fact]
    public void S13_Where_synchronous_calls_are_allowed_they_work_and_are_counted()
    {
        var engine = CreateEngine(static options => options.SyncCalls = SyncCalls.Allow);
        using var session = engine.OpenSession();
        var connection = session.Connection;
        connection.Open();
        using (var transaction = connection.BeginTransaction())
        {
            using var insert = connection.CreateCommand();
            insert.CommandText = "insert into users values (1, 'ada'), (2, 'bob')";
            insert.Prepare();
            Assert.Equal(2, insert.ExecuteNonQuery());
            transaction.Commit();
        }

        using var command = connection.CreateCommand();
        command.CommandText = "select name from users order by id; select count(*) from users";
        using (var reader = command.ExecuteReader())
        {
            Assert.True(reader.Read());
            Assert.Equal("ada", reader.GetString(0));
            Assert.True(reader.NextResult());
            Assert.True(reader.Read());
            Assert.Equal(2, reader.GetInt32(0));
        }

        Assert.Equal("ada", command.ExecuteScalar());
        Assert.Equal(10, engine.GetSnapshot().SynchronousCalls);
    }

    private static DbEngine DbEngineOf(string connection) => DbEngine.Create(options => options.UseSqlite(connection));
}
