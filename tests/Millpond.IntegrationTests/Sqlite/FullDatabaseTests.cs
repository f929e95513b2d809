using Microsoft.Data.Sqlite;
using Millpond.IntegrationTests.Requests;
using Xunit;

namespace Millpond.IntegrationTests.Sqlite;

/// <summary>A database that has reached its size: 60 pages of 4,096 bytes.</summary>
public sealed class FullDatabaseTests(SqliteRequestDatabase kind) : FileTestBase(kind)
{
    private const string Limit = "?max_page_count=60";
    private const string Advice =
        "has reached max_page_count. Raise the limit, or delete data.";

    [Fact]
    public async Task S05_A_write_that_fills_the_database_aborts_its_transaction_and_names_the_limit()
    {
        Make();
        var engine = Open(Limit);
        await using (var session = engine.OpenSession())
        {
            await session.RunAsync(Insert, Token);
            var error = await Assert.ThrowsAsync<SqliteException>(
                () => session.RunAsync("insert into users (name) values (zeroblob(1000000))", Token));
            Assert.Equal(
                (13, $"SQLite Error 13: 'database or disk is full'. {File} {Advice}"), (error.SqliteErrorCode, error.Message));

            Assert.Equal(SessionState.Lost, session.State);
            await Assert.ThrowsAsync<SessionAbortedException>(() => session.RunAsync(Insert, Token));
            var aborted = await Assert.ThrowsAsync<SessionAbortedException>(() => session.CommitAsync(Token));
            Assert.Same(error, aborted.InnerException);
        }

        Assert.Equal(0, CountBehind());
        await AddAsync(engine);
        Assert.Equal(1, await CountAsync(engine));
    }

    [Fact]
    public async Task S05_A_full_database_keeps_no_part_of_a_multi_row_statement()
    {
        Make();
        var engine = Open(Limit);
        await using var session = engine.OpenSession();
        await session.RunAsync(Insert, Token);
        await Assert.ThrowsAsync<SqliteException>(() => session.RunAsync(
            "with recursive n (i) as (select 1 union all select i + 1 from n where i < 1000) " +
            "insert into users (name) select hex(zeroblob(500)) from n",
            Token));
        var kept = 0;
        if (session.State == SessionState.Active)   // SQLite undid the statement; the work before it may be kept
        {
            await session.CommitAsync(Token);
            kept = 1;
        }
        else
        {
            await Assert.ThrowsAsync<SessionAbortedException>(() => session.CommitAsync(Token));
        }

        Assert.Equal((kept, "ok"), (CountBehind(), RunBehind("pragma integrity_check")));
    }

    [Fact]
    public async Task S05_A_full_database_can_read_and_delete_and_then_write_again()
    {
        Make(users: 100);
        var site = await StartSiteAsync(Limit);
        using var client = ClientOf(site);

        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => client.PostAsync("/blobs", "")));
        Assert.All(answers, answer =>
        {
            answer.AssertProblem(500);
            AssertTellsNothing(answer);
        });
        AssertLogged(site, Advice);
        Assert.Equal((200, "100"), (await client.GetAsync("/users") is { } read ? (read.Status, read.Text) : default));
        Assert.Equal(200, (await client.GetAsync("/health")).Status);

        Assert.Equal(200, (await client.SendAsync("DELETE", "/users")).Status);
        Assert.Equal(200, (await client.PostAsync("/users", "")).Status);
        Assert.Equal((1, "ok"), (CountBehind(), RunBehind("pragma integrity_check")));
    }
}
