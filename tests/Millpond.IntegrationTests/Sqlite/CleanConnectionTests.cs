using Microsoft.Data.Sqlite;
using Xunit;

namespace Millpond.IntegrationTests.Sqlite;

public sealed class CleanConnectionTests : SqliteTestBase
{
    private DbEngine OneConnection => field ??= CreateEngine(static options => (options.PoolSize, options.MaxOverflow) = (1, 0));

    [Theory]
    [InlineData("pragma recursive_triggers = on", "select recursive_triggers from pragma_recursive_triggers")]
    [InlineData("pragma recursive_triggers(1)", "select recursive_triggers from pragma_recursive_triggers")]
    [InlineData("create temp table secrets (x)", "select count(*) from sqlite_temp_schema")]
    [InlineData("create table temp.secrets (x)", "select count(*) from sqlite_temp_schema")]
    [InlineData("create temporary view v as select 1", "select count(*) from sqlite_temp_schema")]
    [InlineData("attach ':memory:' as other", "select count(*) from pragma_database_list where name = 'other'")]
    [InlineData("select 1; /* x */ attach ':memory:' as other", "select count(*) from pragma_database_list where name = 'other'")]
    public async Task G33_Session_state_on_a_connection_is_invisible_to_the_next_session(string leave, string look)
    {
        await using (var session = OneConnection.OpenSession())
        {
            await ExecuteAsync(session, leave, Token);
            Assert.Equal(1, await ScalarAsync<long>(session, look, Token));
            await session.CommitAsync(Token);
        }

        await using var next = OneConnection.OpenSession(ReadOnly);
        Assert.Equal(0, await ScalarAsync<long>(next, look, Token));
    }

    [Fact]
    public async Task G33_A_connection_that_was_only_inspected_is_kept()
    {
        await using (var session = OneConnection.OpenSession())
        {
            await ScalarAsync<long>(session, "select count(*) from pragma_table_info('users')", Token);
            await ScalarAsync<string>(session, "pragma table_info(users)", Token);
            await ScalarAsync<long>(session, "pragma foreign_keys", Token);
            await ExecuteAsync(session, "insert into users values (77, 'ada')", Token);
            await session.CommitAsync(Token);
        }

        await using var next = OneConnection.OpenSession(ReadOnly);
        Assert.Equal(1, await ScalarAsync<long>(next, "select total_changes()", Token));   // so it is the same one
    }

    [Fact]
    public async Task G33_The_defaults_are_durable_and_strict()
    {
        await using var session = Engine.OpenSession(ReadOnly);
        Assert.Equal("wal", await ScalarAsync<string>(session, "select journal_mode from pragma_journal_mode", Token));
        Assert.Equal(1, await ScalarAsync<long>(session, "pragma foreign_keys", Token));
        Assert.Equal(2, await ScalarAsync<long>(session, "pragma synchronous", Token));
        Assert.Equal(0, await ScalarAsync<long>(session, "pragma busy_timeout", Token));
    }

    [Theory]
    [InlineData("?journal_mode=delete&synchronous=normal&foreign_keys=off")]
    [InlineData("?JOURNAL_MODE=Delete&Synchronous=NORMAL&foreign_keys=0")]
    public async Task G33_The_defaults_can_be_overridden_by_the_URL(string query)
    {
        var engine = CreateEngine(options => options.ConnectionString = Database.Url + query);
        await using var session = engine.OpenSession(ReadOnly);
        Assert.Equal("delete", await ScalarAsync<string>(session, "select journal_mode from pragma_journal_mode", Token));
        Assert.Equal(0, await ScalarAsync<long>(session, "pragma foreign_keys", Token));
        Assert.Equal(1, await ScalarAsync<long>(session, "pragma synchronous", Token));
    }

    [Fact]
    public async Task G33_The_defaults_can_be_overridden_in_code()
    {
        await using var engine = DbEngine.Create(options => options.UseSqlite($"Data Source={File}", settings =>
        {
            settings.Synchronous = Millpond.SqliteSynchronous.Extra;
            settings.ForeignKeys = false;
        }));
        await using var session = engine.OpenSession(ReadOnly);
        Assert.Equal(0, await ScalarAsync<long>(session, "pragma foreign_keys", Token));
        Assert.Equal(3, await ScalarAsync<long>(session, "pragma synchronous", Token));
    }

    [Fact]
    public async Task G33_An_in_memory_database_keeps_its_data_and_loses_session_state()
    {
        await using var engine = DbEngine.Create(static options => options.UseSqlite("sqlite::memory:"));
        Assert.Equal(1, engine.GetSnapshot().Permits);
        await engine.RunAsync(
            async (session, token) =>
            {
                await ExecuteAsync(session, "create table t (x); insert into t values (1)", token);
                await ExecuteAsync(session, "create temp table s (x); create temp view v as select 1", token);
                await ExecuteAsync(session, "attach ':memory:' as o", token);
                await ExecuteAsync(session, "pragma foreign_keys = off", token);   // SQLite ignores this inside a transaction
                await ExecuteAsync(session, "pragma cache_spill = off", token);
            },
            cancellationToken: Token);
        await Parallel.ForEachAsync(Enumerable.Range(0, 50), Token, async (_, token) => await engine.RunAsync(
            (session, inner) => ExecuteAsync(session, "update t set x = x + 1", inner), cancellationToken: token));

        await using var next = engine.OpenSession(ReadOnly);
        Assert.Equal(51, await ScalarAsync<long>(next, "select x from t", Token));
        Assert.Equal(0, await ScalarAsync<long>(next, "select count(*) from sqlite_temp_schema", Token));
        Assert.Equal(0, await ScalarAsync<long>(next, "select count(*) from pragma_database_list where name = 'o'", Token));
        Assert.Equal(1, await ScalarAsync<long>(next, "pragma foreign_keys", Token));
    }

    [Fact]
    public async Task S01_Opening_a_session_creates_no_file()
    {
        var path = Path.Combine(Path.GetDirectoryName(File)!, "new.db");
        await using var engine = DbEngine.Create(options => options.UseSqlite($"sqlite:{path}"));
        await using var session = engine.OpenSession();
        _ = session.Connection.CreateCommand();
        await session.CommitAsync(Token);
        Assert.Equal(0, engine.GetSnapshot().InUse);
        Assert.False(System.IO.File.Exists(path));

        await ExecuteAsync(session, "create table t (x)", Token);
        Assert.Equal(1, engine.GetSnapshot().InUse);
        await session.CommitAsync(Token);
        Assert.True(System.IO.File.Exists(path));
    }

    [Fact]
    public async Task A_relative_file_is_resolved_against_the_content_root()
    {
        var folder = Path.GetDirectoryName(File)!;
        await using var engine = DbEngine.Create(options =>
        {
            options.UseSqlite("sqlite:here.db");
            options.ContentRoot = folder;
        });
        Assert.Equal(Path.Combine(folder, "here.db"), engine.GetSnapshot().Server);
        await engine.RunAsync((session, token) => ExecuteAsync(session, "create table t (x)", token), cancellationToken: Token);
        Assert.True(System.IO.File.Exists(Path.Combine(folder, "here.db")));
    }

    [Fact]
    public async Task A_database_that_cannot_be_opened_is_reported_with_reason_and_place()
    {
        var folder = Path.GetDirectoryName(File)!;
        await System.IO.File.WriteAllTextAsync(Path.Combine(folder, "junk.db"), new string('x', 5_000), Token);
        await FailAsync($"sqlite:{folder}/none/a.db", $"The folder {folder}/none does not exist");
        await FailAsync($"sqlite:{folder}/junk.db", "file is not a database");
        await FailAsync($"sqlite:{folder}", "is a folder");
        await FailAsync($"sqlite:{folder}/absent.db?mode=rw", "absent.db does not exist");
    }

    [Fact]
    public async Task A_connection_beyond_the_pool_size_closes_soon_afterwards()
    {
        var time = new Microsoft.Extensions.Time.Testing.FakeTimeProvider();
        var engine = CreateEngine(options => (options.PoolSize, options.MaxOverflow, options.TimeProvider) = (1, 3, time));
        var sessions = new List<DbSession>();
        for (var id = 1; id <= 4; id++)
        {
            // Marks a connection, then keeps it: the last one back is the next one out.
            var mark = $"insert into users (name) values {string.Join(", ", Enumerable.Repeat("(null)", id))}";
            await engine.RunAsync((session, token) => ExecuteAsync(session, mark, token), cancellationToken: Token);
            sessions.Add(engine.OpenSession(ReadOnly));
            Assert.Equal(id, await MarkAsync(sessions[^1]));
        }

        await ReturnAllAsync();
        Assert.Equal(4, await CountMarkedAsync());
        await ReturnAllAsync();
        time.Advance(TimeSpan.FromSeconds(3));
        Assert.Equal(1, await CountMarkedAsync());
        await ReturnAllAsync();

        async Task<int> CountMarkedAsync()
        {
            var marked = 0;
            for (var i = 0; i < 4; i++)
            {
                sessions.Add(engine.OpenSession(ReadOnly));
                marked += await MarkAsync(sessions[^1]) > 0 ? 1 : 0;
            }

            return marked;
        }

        async Task ReturnAllAsync()
        {
            foreach (var session in sessions)
            {
                await session.DisposeAsync();
            }

            sessions.Clear();
        }

        static Task<long> MarkAsync(DbSession session) => ScalarAsync<long>(session, "select changes()", Token);
    }

    private static async Task FailAsync(string url, string reason)
    {
        await using var engine = DbEngine.Create(options => options.UseSqlite(url));
        var error = await Assert.ThrowsAsync<Millpond.DatabaseUnavailableException>(() => engine.RunAsync(
            (session, token) => ScalarAsync<long>(session, "select 1", token), cancellationToken: Token));
        Assert.Contains(url["sqlite:".Length..].Split('?')[0], error.Message, StringComparison.Ordinal);
        Assert.IsType<SqliteException>(error.InnerException);
        await AssertNothingHeldAsync(engine);
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
    }
}
