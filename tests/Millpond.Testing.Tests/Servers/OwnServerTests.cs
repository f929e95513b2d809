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
    public async Task Forced_row_security_is_reported_to_a_user_who_cannot_bypass_it()
    {
        var server = fixture.Server;
        await server.ReadAsync("create role careful login createdb password 'x'");
        var url = $"postgresql://careful:x@127.0.0.1:{server.Server.Address.For("postgres").Port}/postgres";
        await using (var databases = server.Databases(
            Kit.Schema + "alter table users enable row level security; alter table users force row level security;",
            _output, max: 1, url: url))
        {
            await (await databases.AcquireAsync()).DisposeAsync();
        }

        Assert.Contains(
            "users forces row-level security on its owner, so its rows cannot be seen. Connect as a superuser.",
            Assert.Single(_output), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("53100", "The disk of the test server is full, so no database can be created. Free space there")]
    [InlineData("53300", "The test server has no connection left. Lower DatabasesOptions.MaxDatabases")]
    [InlineData("42501", "The user may not create this database")]
    public async Task A_server_that_cannot_create_a_database_is_reported_and_nothing_is_left(string sqlState, string message)
    {
        var server = fixture.Server;
        var address = server.Server.Address.For("postgres");
        await using var proxy = FaultProxy.Start(address.Host!, address.Port);
        await using var databases = server.Databases(
            Kit.Schema, _output, max: 2,
            url: $"postgresql://postgres:{address.Password}@127.0.0.1:{proxy.Port}/postgres?sslmode=disable");
        await using var first = await databases.AcquireAsync();
        const string Left = "select count(*) from pg_database where datname like 'millpond_clone_%'";
        var before = await server.ReadAsync(Left);
        proxy.Arm(new FaultPoint(FaultKind.Error, WireSide.Client, 1) { Text = "create database", SqlState = sqlState });

        var error = await Assert.ThrowsAsync<TestDatabaseException>(() => databases.AcquireAsync());

        Assert.StartsWith(message, error.Message, StringComparison.Ordinal);
        Assert.Equal(before, await server.ReadAsync(Left));
        await (await databases.AcquireAsync()).DisposeAsync();   // the permit came back
    }

    [Fact]
    public void A_server_that_is_too_old_is_reported() => Assert.Equal(
        "The server of MILLPOND_TEST_POSTGRES is PostgreSQL 12.22; test databases need version 13 or later.",
        Assert.Throws<TestDatabaseException>(
            () => Millpond.Testing.Leases.AdminConnections.CheckVersion(120022, "12.22", TestServer.Variable)).Message);

    [Fact]
    public async Task Databases_can_be_on_the_tests_own_server()
    {
        await using var databases = Databases.PostgreSql(
            DatabaseTemplate.FromSql(Kit.Schema), o => (o.Server, o.MaxDatabases, o.MaxKept) = (fixture.Server.Server, 1, 0));
        await using var db = await databases.AcquireAsync();

        Assert.Equal(1L, await fixture.Server.ReadAsync($"select count(*) from pg_database where datname = '{db.Name}'"));
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
