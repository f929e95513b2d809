using Xunit;

namespace Millpond.Testing.Tests.Servers;

public sealed class TestServerTests
{
    private const string Url = "postgresql://ann:secret@db.example:5433/postgres?sslmode=require";

    [Fact]
    public async Task T08_The_environment_variable_precedes_installed_programs_and_those_precede_StartServer()
    {
        var named = await TestServer.FindAsync(Url, () => throw new InvalidOperationException(), null, Kit.Token);
        var started = await TestServer.FindAsync(
            null, () => Task.FromResult<TestServer?>(null), _ => Task.FromResult("Host=box;Username=x"), Kit.Token);
        var cluster = await TestServer.FindAsync(
            " ", () => Task.FromResult<TestServer?>(named), _ => throw new InvalidOperationException(), Kit.Token);

        Assert.Equal((Url, "MILLPOND_TEST_POSTGRES", false), (named.Url, named.Origin, named.IsThrowAway));
        Assert.Equal("DatabasesOptions.StartServer", started.Origin);
        Assert.Same(named, cluster);
    }

    [Fact]
    public async Task T08_Without_a_server_a_test_fails_with_instructions()
    {
        var error = await Assert.ThrowsAsync<TestDatabaseException>(
            () => TestServer.FindAsync(null, () => Task.FromResult<TestServer?>(null), null, Kit.Token));

        Assert.StartsWith(
            "No PostgreSQL server to test on was found. Set MILLPOND_TEST_POSTGRES", error.Message, StringComparison.Ordinal);
        Assert.Contains("apt-get install postgresql", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("mysql://root@localhost/x")]
    [InlineData("Hots=local")]
    [InlineData("postgresql://[")]
    public async Task An_invalid_address_is_reported_without_its_text(string address)
    {
        var error = await Assert.ThrowsAsync<TestDatabaseException>(() => TestServer.FindAsync(address, null!, null, Kit.Token));

        Assert.StartsWith(
            "The address of the PostgreSQL server, which comes from MILLPOND_TEST_POSTGRES, cannot be read.",
            error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(address, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_psql_command_shows_only_a_throw_away_servers_password()
    {
        var server = await TestServer.FindAsync(Url, null!, null, Kit.Token);

        Assert.Equal("psql postgresql://ann@db.example:5433/x", server.Address.PsqlLine("x", withPassword: false));
        Assert.Equal("psql postgresql://ann:secret@db.example:5433/x", server.Address.PsqlLine("x", withPassword: true));
        Assert.Equal(Npgsql.SslMode.Require, server.Address.For("x").SslMode);
    }

    [Fact]
    public async Task An_unreachable_server_is_reported_with_its_origin()
    {
        await using var databases = new Databases(
            new DatabasesOptions(), hasSandbox: true, async (options, token) => await Clones.PostgresStore.OpenAsync(
                await TestServer.FindAsync("postgresql://x@127.0.0.1:1/postgres", null!, null, token),
                DatabaseTemplate.FromSql("select 1"), options, token));

        var error = await Assert.ThrowsAsync<TestDatabaseException>(() => databases.AcquireAsync());
        Assert.StartsWith(
            "The PostgreSQL server at 127.0.0.1:1, which comes from MILLPOND_TEST_POSTGRES, cannot be reached:",
            error.Message, StringComparison.Ordinal);
    }
}
