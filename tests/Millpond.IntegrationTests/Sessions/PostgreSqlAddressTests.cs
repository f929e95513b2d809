using Millpond.IntegrationTests.Servers;
using Npgsql;
using Xunit;

namespace Millpond.IntegrationTests.Sessions;

/// <summary>Ways to say where a PostgreSQL server is, and what stands in front of it.</summary>
[Trait("Needs", "PostgreSQL")]
public sealed class PostgreSqlAddressTests : SessionTestBase
{
    [Fact]
    [Trait("Needs", "Programs")]
    public async Task S16_A_unix_socket_works_by_url_and_by_connection_string()
    {
        await using var server = await PostgresServer.StartOwnWithAsync("unix_socket_directories = '/tmp'");
        var tcp = new NpgsqlConnectionStringBuilder(PostgresUrl.ToConnectionString(server.AdminUrl));
        var (user, port) = ($"{tcp.Username}:{tcp.Password}", tcp.Port);
        foreach (var where in (string[])[
            $"postgresql://{user}@%2Ftmp:{port}/postgres",
            $"postgresql://{user}@/postgres?host=/tmp&port={port}",
            $"Host=/tmp;Port={port};Username={tcp.Username};Password={tcp.Password};Database=postgres"])
        {
            await using var engine = DbEngine.Create(options => options.UsePostgreSql(where));
            Assert.True(await engine.RunAsync(
                static (session, token) => ScalarAsync<bool>(session, "select inet_client_addr() is null", token),
                cancellationToken: Token));
        }
    }

    [Theory]
    [InlineData("primary", true)]
    [InlineData("read-write", true)]
    [InlineData("standby", false)]
    public async Task G13_A_required_role_is_checked_for_a_single_host(string role, bool hasIt)
    {
        var engine = CreateEngine(options => options.ConnectionString = $"{Database.Url}?target_session_attrs={role}");
        var reading = engine.RunAsync(
            static (session, token) => ScalarAsync<int>(session, "select 1", token), cancellationToken: Token);
        if (hasIt)
        {
            Assert.Equal(1, await reading);
            return;
        }

        await Assert.ThrowsAsync<DatabaseUnavailableException>(() => reading);
    }

    [Fact]
    public async Task S16_Settings_are_sent_with_the_transaction_if_a_proxy_rejects_startup_options()
    {
        var url = new Uri(Database.Url);
        using var front = new OptionlessFront(url.Host, url.Port);
        var engine = CreateEngine(options =>
        {
            options.ConnectionString = new UriBuilder(url) { Port = front.Port, Query = "sslmode=disable" }.Uri.AbsoluteUri;
            options.Session.StatementTimeout = TimeSpan.FromSeconds(77);
        });
        Assert.Equal("77s", await engine.RunAsync(
            static (session, token) => ScalarAsync<string>(session, "show statement_timeout", token), cancellationToken: Token));
        Assert.True(front.Refused > 0);
    }

    protected override Task<ScratchDatabase> CreateDatabaseAsync() => RecycledAsync();
}
