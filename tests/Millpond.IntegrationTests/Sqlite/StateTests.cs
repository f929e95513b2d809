using Microsoft.Data.Sqlite;
using Xunit;
using DriverConnection = Microsoft.Data.Sqlite.SqliteConnection;

namespace Millpond.IntegrationTests.Sqlite;

/// <summary>What a session leaves on its connection to SQLite is gone with it, for everyone.</summary>
public sealed class StateTests : SqliteTestBase
{
    private static readonly string[] Ends = ["commit", "rollback", "exception", "cancellation"];

    private static readonly (string Leave, string Look)[] States =
    [
        ("pragma recursive_triggers = on", "select recursive_triggers from pragma_recursive_triggers"),
        ("pragma ignore_check_constraints(1)", "select ignore_check_constraints from pragma_ignore_check_constraints"),
        ("pragma cache_size = 77", "select count(*) from pragma_cache_size where cache_size = 77"),
        ("pragma query_only = on", "select query_only from pragma_query_only"),
        ("create temp table secrets (x)", "select count(*) from sqlite_temp_schema"),
        ("create temp trigger secret after insert on users begin select 1; end", "select count(*) from sqlite_temp_schema"),
        ("attach ':memory:' as other", "select count(*) from pragma_database_list where name = 'other'"),
    ];

    public static TheoryData<string, string, string, bool> EachState()
    {
        var all = new TheoryData<string, string, string, bool>();
        foreach (var (leave, look) in States)
        {
            foreach (var end in Ends)
            {
                all.Add(leave, look, end, true);
                all.Add(leave, look, end, false);
            }
        }

        return all;
    }

    [Theory]
    [InlineData("commit", false)]
    [InlineData("rollback", false)]
    [InlineData("exception", true)]
    [InlineData("autocommit", false)]
    [InlineData("autocommit", true)]
    public async Task S21_The_last_inserted_row_id_belongs_to_the_session(string end, bool inMemory)
    {
        const string Look = "select last_insert_rowid()";
        await using var engine = await CreateOneConnectionAsync(inMemory);
        if (end == "autocommit")
        {
            await using var session = engine.OpenSession(new DbSessionOptions { Mode = SessionMode.Autocommit });
            await LeaveAsync(session);
        }
        else
        {
            await EndAsync(engine, end, LeaveAsync);
        }

        await AssertNothingHeldAsync(engine);
        await using var next = engine.OpenSession(ReadOnly);
        Assert.Equal(0, await ScalarAsync<long>(next, Look, Token));

        static async Task LeaveAsync(DbSession session)
        {
            await ExecuteAsync(session, "insert into users values (77, 'ada')", Token);
            Assert.Equal(77, await ScalarAsync<long>(session, Look, Token));
        }
    }

    [Theory]
    [MemberData(nameof(EachState))]
    public async Task S21_Session_state_on_a_connection_is_undone_in_a_file_and_in_memory(
        string leave, string look, string end, bool inMemory)
    {
        await using var engine = await CreateOneConnectionAsync(inMemory);
        await EndAsync(engine, end, async session =>
        {
            Assert.Equal(0, await ScalarAsync<long>(session, look, Token));
            await ExecuteAsync(session, leave, Token);
            Assert.Equal(1, await ScalarAsync<long>(session, look, Token));
        });
        await AssertNothingHeldAsync(engine);

        await using var next = engine.OpenSession();
        Assert.Equal(0, await ScalarAsync<long>(next, look, Token));
        await ExecuteAsync(next, "insert into users values (9, 'zoe')", Token);
        Assert.Equal(1, await ScalarAsync<long>(next, "select count(*) from users", Token));   // the database is still the same
        await next.CommitAsync(Token);
    }

    [Fact]
    public async Task S21_Temporary_tables_with_cyclic_references_do_not_lose_an_in_memory_database()
    {
        await using var engine = await CreateOneConnectionAsync(inMemory: true);
        await engine.RunAsync(
            async (session, token) =>
            {
                await ExecuteAsync(session, "create temp table parents (id integer primary key)", token);
                await ExecuteAsync(session, "create temp table children (parent references parents)", token);
                await ExecuteAsync(session, "insert into parents values (1); insert into children values (1)", token);
                await ExecuteAsync(session, "insert into users values (1, 'ada')", token);
            },
            cancellationToken: Token);

        await using var next = engine.OpenSession();
        Assert.Equal(0, await ScalarAsync<long>(next, "select count(*) from sqlite_temp_schema", Token));
        Assert.Equal(1, await ScalarAsync<long>(next, "select count(*) from users", Token));
        Assert.Equal(1, await ScalarAsync<long>(next, "select foreign_keys from pragma_foreign_keys", Token));
    }

    [Fact]
    public async Task S21_A_session_that_forbids_writing_does_not_lose_an_in_memory_database()
    {
        await using var engine = await CreateOneConnectionAsync(inMemory: true);
        await engine.RunAsync(
            async (session, token) =>
            {
                await ExecuteAsync(session, "create temp table secrets (x)", token);
                await ExecuteAsync(session, "insert into users values (1, 'ada')", token);
                await ExecuteAsync(session, "pragma query_only = on", token);
            },
            cancellationToken: Token);

        await using var next = engine.OpenSession();
        Assert.Equal(0, await ScalarAsync<long>(next, "select count(*) from sqlite_temp_schema", Token));
        Assert.Equal(1, await ScalarAsync<long>(next, "select count(*) from users", Token));
    }

    [Theory]
    [InlineData("commit", false)]
    [InlineData("rollback", false)]
    [InlineData("exception", false)]
    [InlineData("cancellation", false)]
    [InlineData("commit", true)]
    [InlineData("cancellation", true)]
    public async Task S21_An_attached_file_is_detached_for_other_processes(string end, bool inMemory)
    {
        var other = Path.Combine(Path.GetDirectoryName(File)!, "other.db");
        await using var engine = await CreateOneConnectionAsync(inMemory);
        Assert.True(TrySetJournal("wal"));
        await EndAsync(engine, end, async session =>
        {
            await ExecuteAsync(session, $"attach '{other}' as other", Token);
            await ExecuteAsync(session, "create table if not exists other.t (x)", Token);
            Assert.False(TrySetJournal("delete"));
        });
        Assert.True(TrySetJournal("delete"));   // at once, so within 100 ms whatever the machine does meanwhile

        // To leave the write-ahead log, a connection has to be the only one that has the file open, idle ones included.
        bool TrySetJournal(string mode)
        {
            using var stranger = new DriverConnection($"Data Source={other};Pooling=False;Default Timeout=-1");
            stranger.Open();
            using var command = new SqliteCommand($"pragma journal_mode = {mode}", stranger);
            try
            {
                return mode.Equals(command.ExecuteScalar());
            }
            catch (SqliteException error) when (error.SqliteErrorCode == 5)
            {
                return false;
            }
        }
    }

    [Fact]
    public async Task S21_ResetOnReturn_closes_the_connection()
    {
        await using var engine = await CreateOneConnectionAsync(inMemory: false);
        await using (var session = engine.OpenSession())
        {
            session.ResetOnReturn();
            await ExecuteAsync(session, "insert into users values (77, 'ada')", Token);
            await session.CommitAsync(Token);
        }

        await using var next = engine.OpenSession(ReadOnly);
        Assert.Equal(0, await ScalarAsync<long>(next, "select last_insert_rowid()", Token));   // so it is another one
    }

    private async Task<DbEngine> CreateOneConnectionAsync(bool inMemory)
    {
        if (!inMemory)
        {
            return CreateEngine(static options => (options.PoolSize, options.MaxOverflow) = (1, 0));
        }

        var engine = DbEngine.Create(static options => options.UseSqlite("sqlite::memory:"));
        await engine.RunAsync(
            (session, token) => ExecuteAsync(session, "create table users (id integer primary key, name text unique)", token),
            cancellationToken: Token);
        return engine;
    }

    private static async Task EndAsync(DbEngine engine, string how, Func<DbSession, Task> work)
    {
        switch (how)
        {
            case "commit":
                await engine.RunAsync((session, _) => work(session), cancellationToken: Token);
                break;
            case "rollback":
                await using (var session = engine.OpenSession())
                {
                    await work(session);
                    await session.RollbackAsync(Token);
                }

                break;
            case "exception":
                await Assert.ThrowsAsync<InvalidTimeZoneException>(() => engine.RunAsync(
                    async (session, _) =>
                    {
                        await work(session);
                        throw new InvalidTimeZoneException();
                    },
                    cancellationToken: Token));
                break;
            default:
                using (var patience = new CancellationTokenSource())
                {
                    await Assert.ThrowsAnyAsync<OperationCanceledException>(() => engine.RunAsync(
                        async (session, token) =>
                        {
                            await work(session);
                            patience.CancelAfter(20);
                            await ScalarAsync<long>(session, EndlessQuery, token);
                        },
                        cancellationToken: patience.Token));
                }

                break;
        }
    }
}
