using System.Net;
using Microsoft.AspNetCore.Builder;
using Xunit;

namespace Millpond.IntegrationTests.Requests;

public sealed class SqliteUnmanagedTests(SqliteRequestDatabase database)
    : UnmanagedRules(database), IClassFixture<SqliteRequestDatabase>
{
    [Fact]
    public async Task S24_A_read_before_UseMillpond_does_not_wait_for_the_writer()
    {
        var site = await StartAsync(Behind(ReadAsync, static app => app.MapGet("/", static () => "read")));
        await using var writer = site.Engine.OpenSession(new DbSessionOptions { Access = SessionAccess.ReadWrite });
        await writer.RunAsync(GoodInsert, Token);

        var answer = await site.Client.GetAsync("/", Token).WaitAsync(Patience, Token);

        Assert.Equal((HttpStatusCode.OK, true), (answer.StatusCode, site.Engine.GetSnapshot().IsWriting));
    }
}
