using Millpond.Providers;
using Xunit;

#pragma warning disable MILLSEAM // the seam is what is tested

namespace Millpond.Tests.Providers;

public sealed class ConnectionUrlTests
{
    [Theory]
    [InlineData("Host=localhost;Database=bank")]
    [InlineData("Data Source=C:\\bank.db")]
    [InlineData("C:\\bank.db")]
    [InlineData("Data Source=:memory:")]
    [InlineData("")]
    public void A_connection_string_or_path_is_not_a_url(string text) => Assert.False(ConnectionUrl.TryParse(text, out _));

    [Fact]
    public void A_url_is_split_and_unescaped()
    {
        Assert.True(ConnectionUrl.TryParse(
            " PostgreSQL://ad%40a:p%2Fw%3A%40@db.example:5433/my%20bank?sslmode=require&application_name=a+b%20c ", out var url));
        Assert.Equal(("postgresql", "ad@a", "p/w:@"), (url.Scheme, url.User, url.Password));
        Assert.Equal(("db.example:5433", "my bank", true), (url.Authority, url.Path, url.HasAuthority));
        Assert.Equal([new("sslmode", "require"), new("application_name", "a+b c")], url.Query);
    }

    [Theory]
    [InlineData("sqlite:bank.db", false, "bank.db")]
    [InlineData("sqlite:/var/bank.db", false, "/var/bank.db")]
    [InlineData("sqlite::memory:", false, ":memory:")]
    [InlineData("sqlite:///var/bank.db", true, "var/bank.db")]
    public void A_url_without_an_authority_is_only_a_path(string text, bool hasAuthority, string path)
    {
        Assert.True(ConnectionUrl.TryParse(text, out var url));
        Assert.Equal((hasAuthority, path, null, null), (url.HasAuthority, url.Path, url.User, url.Password));
    }

    [Theory]
    [InlineData("postgresql://ada@host/db", "ada", null)]
    [InlineData("postgresql://ada:@host/db", "ada", "")]
    [InlineData("postgresql://ada:p:w@host/db", "ada", "p:w")]
    [InlineData("postgresql://host/db", null, null)]
    public void User_and_password_are_distinguished(string text, string? user, string? password)
    {
        Assert.True(ConnectionUrl.TryParse(text, out var url));
        Assert.Equal((user, password, "host"), (url.User, url.Password, url.Authority));
    }
}
