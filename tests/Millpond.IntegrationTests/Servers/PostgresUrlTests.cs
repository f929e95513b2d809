using Npgsql;
using Xunit;

namespace Millpond.IntegrationTests.Servers;

public sealed class PostgresUrlTests
{
    [Fact]
    public void Every_part_of_the_url_is_decoded()
    {
        var read = new NpgsqlConnectionStringBuilder(PostgresUrl.ToConnectionString(
            "postgresql://a%40b:p%3Aw%2F@db.example:6543/my%20bank?sslmode=require&application_name=x%26y"));

        Assert.Equal(
            ("a@b", "p:w/", "db.example", 6543, "my bank", SslMode.Require, "x&y"),
            (read.Username, read.Password, read.Host, read.Port, read.Database, read.SslMode, read.ApplicationName));
    }

    [Fact]
    public void A_url_without_port_and_database_uses_the_defaults()
    {
        var read = new NpgsqlConnectionStringBuilder(PostgresUrl.ToConnectionString("postgresql://ada@localhost"));

        Assert.Equal(("ada", 5432, "postgres"), (read.Username, read.Port, read.Database));
    }

    [Fact]
    public void Another_database_on_the_same_server_keeps_the_other_settings() =>
        Assert.Equal(
            "postgresql://a:p%40w@127.0.0.1:6543/other?sslmode=require",
            PostgresUrl.WithDatabase("postgresql://a:p%40w@127.0.0.1:6543/postgres?sslmode=require", "other"));

    [Fact]
    public void Another_scheme_is_rejected() =>
        Assert.Throws<TestDatabaseException>(() => PostgresUrl.ToConnectionString("mysql://a@localhost/db"));
}
