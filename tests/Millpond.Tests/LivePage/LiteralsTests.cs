using Millpond.AspNetCore.LivePage;
using Xunit;

namespace Millpond.Tests.LivePage;

public sealed class LiteralsTests
{
    [Theory]
    [InlineData("select * from t where id = @p0", "select * from t where id = @p0")]
    [InlineData("select $1, 'a''b', 12.5e3 /* c */ from t1", "select $1, ?, ?  from t1")]
    [InlineData("select E'it\\'s', $x$ secret $x$", "select ?, ?")]
    [InlineData("insert into t values ('cut in the mid…", "insert into t values (?")]
    [InlineData("select 1 -- secret", "select ? ")]
    [InlineData("", "")]
    public void Literals_and_comments_are_hidden(string sql, string shown) =>
        Assert.Equal(shown, Literals.Hide(sql, isSqlite: false));

    [Theory]
    [InlineData("Load (Reports.cs:42)", "Load (Reports.cs:42)")]
    [InlineData("Load (Reports.cs:42): select 'x' from t", "Load (Reports.cs:42): select ? from t")]
    [InlineData("select 'x' (a, 1)", "select ? (a, ?)")]
    public void A_site_keeps_its_file_and_line(string site, string shown) =>
        Assert.Equal(shown, Literals.HideInSite(site, isSqlite: false));
}
