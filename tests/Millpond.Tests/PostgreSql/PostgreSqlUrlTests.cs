using Microsoft.Extensions.Options;
using Npgsql;
using Xunit;

namespace Millpond.Tests.PostgreSql;

/// <summary>What the driver is told, seen through the connection string that a session shows. Nothing is connected.</summary>
public sealed class PostgreSqlUrlTests
{
    [Fact]
    public async Task A_url_can_set_everything_that_the_driver_needs()
    {
        var driver = await DriverStringAsync(
            "postgres://ada:pw@db.example:5433/bank?sslmode=verify-full&connect_timeout=7&Keepalive=9");
        Assert.Equal(("db.example", 5433, "bank", "ada"), (driver.Host, driver.Port, driver.Database, driver.Username));
        Assert.Equal((SslMode.VerifyFull, 7, 9, false), (driver.SslMode, driver.Timeout, driver.KeepAlive, driver.Enlist));
        Assert.Null(driver.Password);
    }

    [Fact]
    public async Task The_drivers_pool_has_room_for_a_probe_and_for_unanswered_openings()
    {
        var driver = await DriverStringAsync("Host=db.example;Database=bank;Password=pw");
        Assert.Equal((10, 10 + 5 + 1), (driver.MinPoolSize, driver.MaxPoolSize));
    }

    [Fact]
    public async Task Every_engine_has_its_own_application_name()
    {
        var one = (await DriverStringAsync("Host=db.example;Database=bank;Password=pw")).ApplicationName;
        var other = (await DriverStringAsync("Host=db.example;Database=bank;Password=pw")).ApplicationName;
        Assert.Matches("^millpond/default/[0-9a-f]{8}$", one);
        Assert.NotEqual(one, other);
    }

    [Fact]
    public async Task User_settings_are_kept()
    {
        var driver = await DriverStringAsync(
            "postgresql://[::1]:5432/bank?application_name=mine&Connection%20Idle%20Lifetime=99");
        Assert.Equal(("::1", "mine", 99), (driver.Host, driver.ApplicationName, driver.ConnectionIdleLifetime));
    }

    [Fact]
    public async Task Names_that_libpq_spells_differently_are_supported()
    {
        var driver = await DriverStringAsync(
            "postgresql://ada@db/bank?gssencmode=disable&keepalives=0&load_balance_hosts=random&client_encoding=auto" +
            "&sslrootcert=system&application_name=a+b&target_session_attrs=prefer-standby&require_auth=!md5,!scram-sha-256");
        Assert.Equal(
            (GssEncryptionMode.Disable, false, true, null, SslMode.VerifyFull, "a+b", "prefer-standby"),
            (driver.GssEncryptionMode, driver.TcpKeepAlive, driver.LoadBalanceHosts, driver.ClientEncoding, driver.SslMode,
                driver.ApplicationName, driver.TargetSessionAttributes));
    }

    [Theory]
    [InlineData("postgresql://%2Frun%2Fpg:5433/bank", "/run/pg", 5433)]
    [InlineData("postgresql:///bank?host=/run/pg&port=5433", "/run/pg", 5433)]
    [InlineData("postgresql://db:/bank", "db", 5432)]
    [InlineData("postgresql://a,b/bank?port=5433", "a:5433,b:5433", 5432)]
    [InlineData("postgresql://a,b:1/bank?port=5433,5434", "a:5433,b:5434", 5432)]
    [InlineData("postgresql:///bank?host=a,b,::1&port=1,2,3", "a:1,b:2,[::1]:3", 5432)]
    [InlineData("postgresql://[::1]:1,b/bank", "[::1]:1,b", 5432)]
    public async Task Hosts_and_ports_are_parsed_like_libpq_does(string url, string host, int port)
    {
        var driver = await DriverStringAsync(url);
        Assert.Equal((host, port), (driver.Host, driver.Port));
        Assert.Equal(!host.StartsWith('/'), driver.TcpKeepAlive);
    }

    [Theory]
    [InlineData("postgresql:bank", "A PostgreSQL URL starts with 'postgresql://'")]
    [InlineData("postgresql://ada:s3cret@host:port/bank", "port is not a number from 1 to 65,535")]
    [InlineData("postgresql://ada:s3cret@host:70000/bank", "port is not a number from 1 to 65,535")]
    [InlineData("postgresql://ada:s3cret@host", "has no database")]
    [InlineData("postgresql:///bank", "has no host")]
    [InlineData("postgresql://ada:s3cret@host/bank?sslmod=require", "'sslmod' is invalid")]
    [InlineData("postgresql://ada:s3cret@host/bank?sslmode=s3cret", "'SSL Mode' is invalid")]
    [InlineData("postgresql://ada:s3cret@host/bank?Maximum%20Pool%20Size=5", "'Maximum Pool Size' in the connection string")]
    [InlineData("postgresql://ada:12/s3cret@host/bank", "has an '@' after its host. A password that contains")]
    [InlineData("postgresql://ada:12?s3cret@host/bank", "has an '@' after its host. A password that contains")]
    [InlineData("postgresql://a:1,b:2,c:s3cret/bank", "port is not a number from 1 to 65,535")]
    [InlineData("postgresql://a,b/bank?port=1,2,3", "has 2 hosts and 3 ports")]
    [InlineData("postgresql://host/bank?hostaddr=10.0.0.1", "'hostaddr' is a setting of libpq that Npgsql does not support")]
    [InlineData("postgresql://host/bank?sslcrl=x", "'sslcrl' is a setting of libpq that Npgsql does not support")]
    [InlineData("postgresql://host/bank?multiplexing=true", "Multiplexing=true is not supported")]
    [InlineData("Host=x;Multiplexing=true;Password=s3cret", "Multiplexing=true is not supported")]
    [InlineData("Host=x;Passwort=s3cret", "Couldn't set passwort")]
    [InlineData("Host=x;Pooling=false;Password=s3cret", "Pooling=false is not supported")]
    [InlineData("Database=bank;Password=s3cret", "has no Host")]
    [InlineData("mysql://ada:s3cret@host/bank", "has the unknown scheme 'mysql:'; use 'postgresql:'")]
    public void An_invalid_connection_string_is_a_fault_without_its_password(string text, string fault)
    {
        var error = Assert.Throws<OptionsValidationException>(() => DbEngine.Create(options => options.UsePostgreSql(text)));
        Assert.StartsWith("Engine 'default' cannot start: ", error.Message, StringComparison.Ordinal);
        Assert.Contains(fault, error.Message, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("s3cret", error.ToString(), StringComparison.Ordinal);
    }

    private static async Task<NpgsqlConnectionStringBuilder> DriverStringAsync(string text)
    {
        await using var engine = DbEngine.Create(options => options.UsePostgreSql(text));
        await using var session = engine.OpenSession();
        return new NpgsqlConnectionStringBuilder(session.Connection.ConnectionString);
    }
}
