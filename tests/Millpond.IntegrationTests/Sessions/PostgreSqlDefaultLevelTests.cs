using System.Data;
using Millpond.IntegrationTests.Servers;
using Npgsql;
using Xunit;

namespace Millpond.IntegrationTests.Sessions;

/// <summary>Defaults that a server, a database, a role or a URL sets for its transactions.</summary>
[Trait("Needs", "PostgreSQL")]
public sealed class PostgreSqlDefaultLevelTests : SessionTestBase
{
    private const string Level = "show transaction_isolation";

    [Theory]
    [InlineData("database")]
    [InlineData("role")]
    [InlineData("url")]
    public async Task S25_The_default_isolation_level_of_a_database_a_role_or_a_url_applies(string where)
    {
        var engine = await SerializableAsync(where);
        await using var session = engine.OpenSession();
        for (var transaction = 0; transaction < 2; transaction++)
        {
            Assert.Equal("serializable", await ScalarAsync<string>(session, Level, Token));
            await session.CommitAsync(Token);
        }

        Assert.Equal("read committed", await engine.RunAsync(
            (own, token) => ScalarAsync<string>(own, Level, token),
            new DbSessionOptions { Isolation = IsolationLevel.ReadCommitted },
            Token));
    }

    [Fact]
    public async Task S25_Write_skew_fails_if_the_database_is_serializable_by_default()
    {
        var engine = await SerializableAsync("database");
        await using var first = engine.OpenSession();
        await using var second = engine.OpenSession();
        Assert.Equal(0, await ScalarAsync<long>(first, "select count(*) from users", Token));
        Assert.Equal(0, await ScalarAsync<long>(second, "select count(*) from users", Token));
        await ExecuteAsync(first, "insert into users values (1, 'ada')", Token);
        await ExecuteAsync(second, "insert into users values (2, 'bob')", Token);
        await first.CommitAsync(Token);
        var error = await Assert.ThrowsAsync<PostgresException>(() => second.CommitAsync(Token));
        Assert.Equal("40001", error.SqlState);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task S25_A_transaction_begun_inside_a_session_reports_the_databases_default_level(bool isFirst)
    {
        var engine = await SerializableAsync("database");
        await using var session = engine.OpenSession();
        if (!isFirst)
        {
            await ScalarAsync<string>(session, Level, Token);
        }

        await using var transaction = await session.Connection.BeginTransactionAsync(IsolationLevel.Serializable, Token);
        Assert.Equal("serializable", await ScalarAsync<string>(session, Level, Token));
        Assert.Equal(IsolationLevel.Serializable, transaction.IsolationLevel);
        await transaction.CommitAsync(Token);
    }

    [Fact]
    public async Task S25_A_read_only_default_of_the_database_applies_unless_a_session_overrides_it()
    {
        await SetAsync("alter database {0} set default_transaction_read_only = on");
        var engine = CreateEngine();
        await using var session = engine.OpenSession();
        var error = await Assert.ThrowsAsync<PostgresException>(
            () => ExecuteAsync(session, "insert into users values (1, 'ada')", Token));
        Assert.Equal("25006", error.SqlState);
    }

    protected override Task<ScratchDatabase> CreateDatabaseAsync() => ScratchDatabase.PostgreSqlAsync();

    private async Task<DbEngine> SerializableAsync(string where)
    {
        const string wanted = "default_transaction_isolation = 'serializable'";
        var url = new UriBuilder(Database.Url);
        switch (where)
        {
            case "database":
                await SetAsync($"alter database {{0}} set {wanted}");
                break;
            case "role":
                await SetAsync($"alter role current_user in database {{0}} set {wanted}");
                break;
            default:
                url.Query = "options=-c%20default_transaction_isolation%3Dserializable";
                break;
        }

        return CreateEngine(options => options.ConnectionString = url.Uri.AbsoluteUri);
    }

    private Task<int> SetAsync(string sql) => Engine.RunAsync(
        (session, token) => ExecuteAsync(
            session,
            string.Format(System.Globalization.CultureInfo.InvariantCulture, sql, PostgresUrl.Database(Database.Url)),
            token),
        cancellationToken: Token);
}
