using Microsoft.Data.Sqlite;
using SQLitePCL;
using Xunit;

namespace Millpond.IntegrationTests.Texts;

/// <summary>SQLite by the bare driver: a database in memory for each text.</summary>
internal sealed class SqliteTextServer : ITextServer
{
    public Task<TextVerdict> RunAsync(string text)
    {
        using var connection = new SqliteConnection("Data Source=:memory:");
        connection.Open();
        Assert.True(Try(
            connection, "create table t (a int); create table u (a int); begin; savepoint mark_of_the_test"));
        var failed = !Try(connection, text);
        var ended = !Try(connection, "release mark_of_the_test");
        _ = Try(connection, "commit");
        using var left = connection.CreateCommand();
        left.CommandText =
            """
            select (select cache_size from pragma_cache_size) = 7
                or (select recursive_triggers from pragma_recursive_triggers) = 1
                or exists (select 1 from sqlite_temp_master)
                or exists (select 1 from pragma_database_list where name not in ('main', 'temp'))
            """;
        return Task.FromResult(new TextVerdict(failed, ended, false, (long)left.ExecuteScalar()! == 1));
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    // Not by the driver's command, which drops the errors of statements behind one that returns rows.
    private static bool Try(SqliteConnection connection, string text) =>
        raw.sqlite3_exec(connection.Handle, text) == raw.SQLITE_OK;
}
