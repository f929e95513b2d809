using System.Data.Common;
using Xunit;

namespace Millpond.IntegrationTests.Sessions;

/// <summary>What a session on SQLite can set at the beginning of a transaction: whatever a statement does.</summary>
public sealed class SqliteBeginTests : SessionTestBase
{
    protected override Task<ScratchDatabase> CreateDatabaseAsync() => ScratchDatabase.SqliteAsync();

    [Theory]
    [InlineData(SessionMode.Transaction)]
    [InlineData(SessionMode.Autocommit)]
    public async Task S22_An_OnBegin_statement_runs(SessionMode mode)
    {
        var options = new DbSessionOptions { Mode = mode };
        options.OnBegin(static begin => begin.Execute("pragma cache_size = 77"));
        await using (var session = Engine.OpenSession(options))
        {
            Assert.Equal(77, await ScalarAsync<int>(session, "pragma cache_size", Token));
            await session.CommitAsync(Token);
        }

        await using var next = Engine.OpenSession();
        Assert.NotEqual(77, await ScalarAsync<int>(next, "pragma cache_size", Token));
    }

    [Fact]
    public async Task S22_An_OnBegin_statement_that_writes_needs_a_writing_session()
    {
        const string insert = "insert into users (name) values ('ada')";
        var options = new DbSessionOptions { Access = SessionAccess.ReadWrite };
        options.OnBegin(static begin => begin.Execute(insert));
        await Engine.RunAsync(static (session, token) => ScalarAsync<long>(session, "select 1", token), options, Token);
        options.Access = SessionAccess.ReadOnly;
        await Assert.ThrowsAnyAsync<Exception>(() => Engine.RunAsync(
            static (session, token) => ScalarAsync<long>(session, "select 1", token), options, Token));

        Assert.Equal(1, await CountUsersAsync());
        await AssertNothingHeldAsync(Engine);
    }

    [Fact]
    public async Task S22_In_autocommit_an_OnBegin_statement_does_not_take_the_write_permit_from_its_write()
    {
        var options = new DbSessionOptions { Mode = SessionMode.Autocommit };
        options.OnBegin(static begin => begin.Execute("select 1"));
        await using var writer = Engine.OpenSession(new DbSessionOptions { Access = SessionAccess.ReadWrite });
        await ExecuteAsync(writer, "insert into users (name) values ('ada')", Token);
        await using var session = Engine.OpenSession(options);
        var write = ExecuteAsync(session, "insert into users (name) values ('bob')", Token);
        while (Engine.GetSnapshot().WaitingToWrite == 0)
        {
            await Task.Delay(1, Token);
        }

        await writer.CommitAsync(Token);
        Assert.Equal(1, await write);
    }

    [Fact]
    public async Task S22_A_failing_OnBegin_statement_does_not_lose_an_in_memory_database()
    {
        await using var engine = DbEngine.Create(static options => options.UseSqlite("sqlite::memory:"));
        await engine.RunAsync(
            static (session, token) => ExecuteAsync(session, "create table kept (x)", token), cancellationToken: Token);
        var options = new DbSessionOptions();
        options.OnBegin(static begin => begin.Execute("select * from nowhere"));
        await Assert.ThrowsAnyAsync<DbException>(() => engine.RunAsync(
            static (session, token) => ScalarAsync<long>(session, "select 1", token), options, Token));

        Assert.Equal(0, await engine.RunAsync(
            static (session, token) => ScalarAsync<long>(session, "select count(*) from kept", token), cancellationToken: Token));
    }

    [Fact]
    public async Task S22_Settings_that_SQLite_lacks_are_rejected_with_advice()
    {
        var options = new DbSessionOptions();
        options.OnBegin(static begin => begin.Set("app.tenant", 7));
        await using var session = Engine.OpenSession(options);
        var error = await Assert.ThrowsAsync<NotSupportedException>(() => ExecuteAsync(session, "select 1", Token));
        Assert.StartsWith("OnBegin cannot set 'app.tenant': SQLite has no settings", error.Message, StringComparison.Ordinal);
    }
}
