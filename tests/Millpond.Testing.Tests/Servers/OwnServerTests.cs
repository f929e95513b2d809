using Xunit;

namespace Millpond.Testing.Tests.Servers;

[Trait("Needs", "PostgreSQL")]
[Trait("Needs", "Programs")]
[Collection(OwnServerGroup.Name)]
public sealed class OwnServerTests(OwnServerFixture fixture)
{
    private readonly List<string> _output = [];

    [Fact]
    public async Task T06_A_database_with_an_open_connection_is_dropped_without_force()
    {
        var server = fixture.Server;
        await using var databases = server.Databases(Kit.Schema, _output, max: 2);
        var db = await databases.AcquireAsync(TestIsolation.Fresh);
        await using var connection = new Npgsql.NpgsqlConnection(db.ConnectionString);
        await connection.OpenAsync(Kit.Token);
        var name = db.Name;
        await db.DisposeAsync();
        await Kit.UntilAsync(
            async () => await server.ReadAsync($"select exists(select from pg_database where datname = '{name}')") is false,
            "it is dropped");

        var log = Assert.IsType<string>(await server.ReadAsync("select pg_read_file('log/ddl.log')"));

        Assert.Contains($"drop database if exists {name}", log, StringComparison.Ordinal);
        Assert.DoesNotContain("with (force", log, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task A_server_with_40_connections_serves_two_concurrent_test_runs()
    {
        await using var server = await OwnServer.StartAsync("max_connections = 40");
        await using var one = server.Databases(Kit.Schema, _output);
        await using var two = server.Databases(Kit.Schema, _output);

        await Task.WhenAll(Enumerable.Range(0, 200).Select(async i =>
        {
            await using var db = await (i % 2 == 0 ? one : two).AcquireAsync();
            await Task.WhenAll(Enumerable.Range(0, 5).Select(n => db.ExecuteAsync($"insert into users (name) values ('{n}')")));
            Assert.Equal(5, await db.CountAsync("users"));
        }));

        Assert.Empty(_output);
    }

    [Fact]
    public async Task A_user_without_CREATEDB_gets_the_statement_to_run()
    {
        var server = fixture.Server;
        await server.ReadAsync("create role poor login password 'x'");
        var url = server.Server.Address.For("postgres");
        await using var databases = server.Databases(
            Kit.Schema, _output, url: $"postgresql://poor:x@127.0.0.1:{url.Port}/postgres");

        var error = await Assert.ThrowsAsync<TestDatabaseException>(() => databases.AcquireAsync());

        Assert.Equal(
            "User 'poor' of MILLPOND_TEST_POSTGRES may not create databases. Run as a superuser: ALTER ROLE poor CREATEDB.",
            error.Message);
    }

    [Fact]
    public async Task A_user_without_superuser_rights_gets_recycled_databases_and_learns_what_cannot_be_reset()
    {
        var server = fixture.Server;
        await server.ReadAsync("create role plain login createdb password 'x'");
        var url = $"postgresql://plain:x@127.0.0.1:{server.Server.Address.For("postgres").Port}/postgres";
        await using var databases = server.Databases(Kit.Schema, _output, max: 1, url: url);
        await using var circle = server.Databases(
            Kit.Schema + "alter table users add column best bigint references orders;", _output, max: 1, url: url);
        string name;
        await using (var first = await databases.AcquireAsync())
        {
            name = first.Name;
            await first.ExecuteAsync("insert into users (name) values ('a'); insert into orders (buyer) select id from users");
        }

        await using (var second = await databases.AcquireAsync())
        {
            Assert.Equal((name, 0), (second.Name, await second.CountAsync("users")));
            Assert.Empty(_output);
        }

        await (await circle.AcquireAsync()).DisposeAsync();
        await circle.DisposeAsync();
        Assert.Contains(
            "form a circle, so its rows cannot be deleted. Connect as a superuser.",
            Assert.Single(_output), StringComparison.Ordinal);
    }

    [Fact]
    public async Task T07_The_newest_databases_of_failed_tests_are_kept()
    {
        var server = fixture.Server;
        List<string> names = [];
        await using (var databases = server.Databases(Kit.Schema, _output, max: 1, maxKept: 2))
        {
            for (var i = 0; i < 4; i++)
            {
                await using var db = await databases.AcquireAsync();
                names.Add(db.Name);
                db.MarkFailed("as planned");
            }
        }

        await using var next = server.Databases(Kit.Schema, _output, max: 1, maxKept: 2);
        await (await next.AcquireAsync()).DisposeAsync();

        var kept = await server.ReadAsync(
            "select string_agg(datname, ',' order by datname) from pg_database " +
            $"where datname in ('{string.Join("', '", names)}')");
        Assert.Equal(string.Join(',', names[2..].Order(StringComparer.Ordinal)), kept);
    }
}
