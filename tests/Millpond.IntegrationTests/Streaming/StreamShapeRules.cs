using System.Data.Common;
using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Millpond.IntegrationTests.Requests;
using Xunit;

namespace Millpond.IntegrationTests.Streaming;

/// <summary>Rows that are sent while they are read: the commit comes before the first query, whatever declares the stream.
/// </summary>
public abstract class StreamShapeRules(RequestDatabase database) : RequestTestBase(database)
{
    public static TheoryData<string> Shapes => StreamShapes.All;

    [Theory]
    [MemberData(nameof(Shapes))]
    public async Task S09_What_is_streamed_is_read_after_the_commit(string shape)
    {
        var site = await StartShapesAsync();

        var answer = await site.Client.PostAsync($"{shape}?fail=false", null, Token);
        var text = await answer.Content.ReadAsStringAsync(Token);

        Assert.Empty(site.Errors);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Contains(StreamShapes.Row, text, StringComparison.Ordinal);
        Assert.Equal(1, await CountAsync("users"));
        await NothingHeldAsync(site.Engine);
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public async Task S09_A_commit_that_fails_in_front_of_a_stream_is_an_error_page(string shape)
    {
        var site = await StartShapesAsync();

        var answer = await site.Client.PostAsync($"{shape}?fail=true", null, Token);

        var error = Assert.IsType<DbException>(Assert.Single(site.Errors), exactMatch: false);
        Assert.Equal(HttpStatusCode.InternalServerError, answer.StatusCode);
        Assert.Equal($"handled {error.GetType().Name}", await answer.Content.ReadAsStringAsync(Token));
        Assert.Equal(0, await CountAsync("posts"));
        await NothingHeldAsync(site.Engine);
    }

    private async Task<TestSite> StartShapesAsync()
    {
        Database.Site ??= await TestSite.StartAsync(Database, new SitePlan
        {
            Map = StreamShapes.Map,
            Services = static services => services.AddControllers().AddApplicationPart(typeof(StreamsController).Assembly),
        });
        Database.Site.Errors.Clear();
        return Database.Site;
    }
}
