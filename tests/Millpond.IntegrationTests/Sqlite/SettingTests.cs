using System.Data.Common;
using Microsoft.Data.Sqlite;
using Xunit;
using DriverConnection = Microsoft.Data.Sqlite.SqliteConnection;

namespace Millpond.IntegrationTests.Sqlite;

/// <summary>Settings of every connection to a file.</summary>
public sealed class SettingTests : SqliteTestBase
{
    [Theory]
    [InlineData("")]
    [InlineData("?journal_size_limit=5000")]
    public async Task G33_The_size_limit_of_the_log_is_set_on_every_connection(string query)
    {
        await using var engine = DbEngine.Create(options => options.UseSqlite(
            Database.Url + query, static sqlite => sqlite.JournalSizeLimit = 4_000));
        await using var one = engine.OpenSession(ReadOnly);
        await using var two = engine.OpenSession(ReadOnly);
        foreach (var session in (Millpond.DbSession[])[one, two])
        {
            Assert.Equal(query.Length > 0 ? 5_000 : 4_000, await ScalarAsync<long>(session, "pragma journal_size_limit", Token));
        }
    }

    [Fact]
    public async Task G33_Functions_and_collations_are_on_every_connection()
    {
        await using var engine = DbEngine.Create(options =>
            options.UseSqlite(Database.Url, static sqlite => sqlite.OnOpen = Equip));
        await using (var own = ForMigrations(engine))
        {
            await own.OpenAsync(Token);
            await using var index = own.CreateCommand();
            index.CommandText = "create index by_name on users (name collate backwards)";
            await index.ExecuteNonQueryAsync(Token);
        }

        await engine.RunAsync(
            async (session, token) =>
            {
                await ExecuteAsync(session, "pragma cache_size = 77", token);   // so that it is closed at its return
                await ExecuteAsync(session, "insert into users (name) values (twice('ab')), ('zz')", token);
            },
            cancellationToken: Token);
        await using var one = engine.OpenSession(ReadOnly);
        await using var two = engine.OpenSession(ReadOnly);
        foreach (var session in (Millpond.DbSession[])[one, two])
        {
            const string First = "select name from users order by name collate backwards";
            Assert.Equal("zz", await ScalarAsync<string>(session, First, Token));
        }

        static void Equip(DriverConnection connection)
        {
            connection.CreateFunction("twice", static (string text) => text + text);
            connection.CreateCollation("backwards", static (one, other) => string.CompareOrdinal(other, one));
        }
    }

    /// <summary>Makes a connection as MigrateAsync does.</summary>
#pragma warning disable MILLSEAM // A provider's seam: migrations use it.
    private static DbConnection ForMigrations(DbEngine engine) => engine.Source.CreateConnection()!;
#pragma warning restore MILLSEAM

    [Fact]
    public async Task G33_Errors_of_user_functions_added_to_a_connection_are_thrown_unchanged()
    {
        await using var engine = DbEngine.Create(options => options.UseSqlite(
            Database.Url, static sqlite => sqlite.OnOpen = static connection => connection.LoadExtension("no such extension")));
        await Assert.ThrowsAsync<SqliteException>(() => engine.WarmUpAsync(Token));
        await using var session = engine.OpenSession();
        await Assert.ThrowsAsync<SqliteException>(() => ScalarAsync<long>(session, "select 1", Token));
        await AssertNothingHeldAsync(engine);
    }

    [Fact]
    public async Task G33_DataDirectory_is_resolved_like_the_driver_does()
    {
        var folder = Path.GetDirectoryName(File)!;
        AppDomain.CurrentDomain.SetData("DataDirectory", folder);
        try
        {
            await using var engine = DbEngine.Create(
                static options => options.UseSqlite("Data Source=|DataDirectory|/test.db"));
            Assert.Equal(File, engine.GetSnapshot().Server);
            await using var session = engine.OpenSession(ReadOnly);
            Assert.Equal(0, await ScalarAsync<long>(session, "select count(*) from users", Token));
        }
        finally
        {
            AppDomain.CurrentDomain.SetData("DataDirectory", null);
        }
    }

    [Theory]
    [InlineData("Data Source=file::memory:?cache=shared")]
    [InlineData("Data Source=file:shared?mode=memory&cache=shared")]
    [InlineData("sqlite:file::memory:?cache=shared")]
    public void G33_The_URI_of_an_in_memory_database_is_rejected_with_the_supported_form(string connection)
    {
        var error = Assert.ThrowsAny<Exception>(() => DbEngine.Create(options => options.UseSqlite(connection)));
        Assert.Contains("use sqlite::memory:, or Data Source=:memory:", error.Message, StringComparison.Ordinal);
    }
}
