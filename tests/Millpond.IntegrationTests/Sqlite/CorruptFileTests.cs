using Microsoft.Data.Sqlite;
using Millpond.IntegrationTests.Requests;
using Xunit;

namespace Millpond.IntegrationTests.Sqlite;

public sealed class CorruptFileTests(SqliteRequestDatabase kind) : FileTestBase(kind)
{
    private const int Page = 4096;
    private const string Advice = "is damaged. Restore it from a backup; PRAGMA integrity_check shows the damage.";

    [Fact]
    public async Task G30_A_file_that_is_not_a_database_is_named_returns_503_and_stays_unchanged()
    {
        var text = string.Concat(Enumerable.Repeat("Dear diary, today I was a text file.\n", 300));
        await System.IO.File.WriteAllTextAsync(File, text, Token);
        var error = await Assert.ThrowsAsync<DatabaseUnavailableException>(() => AddAsync(Open()));
        Assert.Equal(26, Assert.IsType<SqliteException>(error.InnerException).SqliteErrorCode);
        Assert.Contains($"{File} is not a SQLite database, or it is encrypted. Correct", error.Message, StringComparison.Ordinal);

        var site = await StartSiteAsync();
        using var client = ClientOf(site);
        var answer = await client.PostAsync("/users", "");
        answer.AssertProblem(503);
        Assert.Equal("5", answer.Header("Retry-After"));
        AssertTellsNothing(answer);
        AssertLogged(site, "restore the file from a backup");
        Assert.Equal(503, (await client.GetAsync("/health")).Status);
        Assert.Equal(text, await System.IO.File.ReadAllTextAsync(File, Token));
    }

    [Fact]
    public async Task G30_A_damaged_page_fails_only_the_query_that_reads_it()
    {
        Make(users: 2_000);
        Damage(page: 200);
        var site = await StartSiteAsync();
        using var client = ClientOf(site);

        var answer = await client.GetAsync("/users");
        answer.AssertProblem(500);
        AssertTellsNothing(answer);
        AssertLogged(site, Advice);

        // Readiness looks whether there is a database, not at all of it: that is what integrity_check is for.
        Assert.Equal((200, 200), ((await client.GetAsync("/health")).Status, (await client.PostAsync("/users", "")).Status));
        Assert.Equal(1L, RunBehind("select count(*) from users where id = 2001"));
    }

    [Fact]
    public async Task G30_A_damaged_page_is_reported_after_the_preceding_rows_and_closes_the_connection()
    {
        Make(users: 2_000);
        Damage(page: 200);
        var engine = Open(configure: static options => (options.PoolSize, options.MaxOverflow) = (1, 0));
        await using var session = engine.OpenSession(ReadOnly);
        await using var command = session.Connection.CreateCommand();
        command.CommandText = "select id, name from users order by id";
        var rows = 0;
        var error = await Assert.ThrowsAsync<SqliteException>(async () =>
        {
            await using var reader = await command.ExecuteReaderAsync(Token);
            for (; await reader.ReadAsync(Token); rows++)
            {
                Assert.Equal(rows + 1, reader.GetInt32(0));
            }
        });
        Assert.Equal(11, error.SqliteErrorCode);
        Assert.StartsWith(
            $"SQLite Error 11: 'database disk image is malformed'. {File} {Advice}", error.Message, StringComparison.Ordinal);
        Assert.InRange(rows, 100, 1_999);

        // The session goes on with what is whole, and its connection is in doubt: the next session has another.
        Assert.Equal(1, await session.ScalarAsync("select id from users where id = 1", Token));
        await session.RollbackAsync(Token);
        Assert.Equal(2, await engine.RunAsync(
            (next, token) => next.ScalarAsync("select id from users where id = 2", token), ReadOnly, Token));
    }

    [Fact]
    public async Task G30_A_truncated_file_is_reported_as_damaged()
    {
        Make(users: 2_000);
        using (var file = System.IO.File.OpenWrite(File))
        {
            file.SetLength(file.Length / 2 / Page * Page);
        }

        var site = await StartSiteAsync();
        using var client = ClientOf(site);
        var answer = await client.GetAsync("/users");
        answer.AssertProblem(503);   // its first page says how long it should be
        AssertTellsNothing(answer);
        AssertLogged(site, Advice);
        Assert.Equal(503, (await client.GetAsync("/health")).Status);
    }

    [Fact]
    public async Task G30_An_empty_file_is_an_empty_database()
    {
        await System.IO.File.WriteAllBytesAsync(File, [], Token);
        var engine = Open();
        await engine.RunAsync(
            async (session, token) =>
            {
                await session.RunAsync("create table users (id integer primary key, name text)", token);
                await session.RunAsync(Insert, token);
            },
            cancellationToken: Token);
        Assert.Equal(1, CountBehind());
    }

    [Fact]
    public async Task G30_Garbage_in_the_write_ahead_log_loses_nothing_committed_before_it()
    {
        Make();
        var garbage = new byte[5 * Page];
        new Random(7).NextBytes(garbage);
        await using (var neighbour = new SqliteNeighbour(File))
        {
            await neighbour.RunAsync("pragma wal_autocheckpoint=0");
            for (var i = 0; i < 20; i++)
            {
                await neighbour.RunAsync(Insert);
            }

            await neighbour.KillAsync();   // so that the log stays
        }

        await using (var log = new FileStream($"{File}-wal", FileMode.Append))
        {
            Assert.InRange(log.Length, Page, long.MaxValue);
            await log.WriteAsync(garbage, Token);
        }

        var engine = Open();
        Assert.Equal(20, await CountAsync(engine));
        await AddAsync(engine);
        Assert.Equal((21, "ok"), (CountBehind(), RunBehind("pragma integrity_check")));
    }

    private void Damage(int page)
    {
        using var file = System.IO.File.OpenWrite(File);
        Assert.InRange(file.Length, (page + 1) * Page, long.MaxValue);
        file.Position = page * Page;
        file.Write(Enumerable.Repeat((byte)0xA5, Page).ToArray());
    }
}
