using System.Net;
using Microsoft.AspNetCore.Builder;
using Xunit;

namespace Millpond.IntegrationTests.Requests;

public sealed class SqliteSessionMetadataTests(SqliteRequestDatabase database)
    : SessionMetadataRules(database), IClassFixture<SqliteRequestDatabase>
{
    [Theory]
    [InlineData("GET", SessionAccess.Auto, false)]
    [InlineData("HEAD", SessionAccess.Auto, false)]
    [InlineData("POST", SessionAccess.Auto, true)]
    [InlineData("DELETE", SessionAccess.Auto, true)]
    [InlineData("GET", SessionAccess.ReadWrite, true)]
    [InlineData("POST", SessionAccess.ReadOnly, false)]
    public async Task S15_Access_or_else_the_HTTP_method_decides_whether_a_session_begins_as_the_writer(
        string method, SessionAccess access, bool writes)
    {
        bool? began = null;
        var site = await StartAsync(app => app.MapMethods("/", [method], async (DbSession session, DbEngine engine) =>
        {
            await session.ScalarAsync("select count(*) from users");
            began = engine.GetSnapshot().IsWriting;
        }).WithSession(options => options.Access = access));
        using var request = new HttpRequestMessage(new HttpMethod(method), "/");

        Assert.Equal(HttpStatusCode.OK, (await site.Client.SendAsync(request, Token)).StatusCode);
        Assert.Equal(writes, began);
    }
}
