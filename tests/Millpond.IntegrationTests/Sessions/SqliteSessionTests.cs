using Microsoft.Data.Sqlite;
using Xunit;

namespace Millpond.IntegrationTests.Sessions;

/// <summary>The rules of a session on SQLite; what is SQLite's own is in the folder Sqlite.</summary>
public sealed class SqliteSessionTests : SessionRules
{
    protected override string SlowQuery =>
        "with recursive n(i) as (select 1 union all select i + 1 from n where i < 1000000) select count(*) from n";

    protected override Task<ScratchDatabase> CreateDatabaseAsync() => ScratchDatabase.SqliteAsync();

    [Fact]
    public async Task S05_A_swallowed_unique_violation_fails_only_its_statement_and_the_rest_commits()
    {
        await Engine.RunAsync(
            async (session, token) =>
            {
                await ExecuteAsync(session, "insert into users values (1, 'ada')", token);
                var error = await Assert.ThrowsAnyAsync<SqliteException>(
                    () => ExecuteAsync(session, "insert into users values (1, 'eve')", token));
                Assert.Equal(19, error.SqliteErrorCode);
                await ExecuteAsync(session, "insert into users values (2, 'bob')", token);
            },
            cancellationToken: Token);
        Assert.Equal((2, 0), (await CountUsersAsync(), await CountUsersAsync("name = 'eve'")));
    }

    [Fact]
    public async Task S20_A_comment_that_SQLite_does_not_nest_hides_no_verb()
    {
        await using var session = Engine.OpenSession();
        await Assert.ThrowsAsync<MillpondNotSupportedException>(() => ExecuteAsync(session, "/* /* */ commit; -- */", Token));
        Assert.Equal(SessionState.Idle, session.State);
    }
}
