using System.Data.Common;
using System.Net;
using Microsoft.AspNetCore.Builder;
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

    [Theory]
    [MemberData(nameof(Shapes))]
    public async Task S09_Compression_inside_takes_the_body_before_the_endpoint_and_brings_no_commit_about(string shape)
    {
        var site = await StartAsync(new SitePlan
        {
            Map = static app =>
            {
                app.UseResponseCompression();
                StreamShapes.Map(app);
            },
            Services = static services => services.AddResponseCompression()
                .AddControllers().AddApplicationPart(typeof(StreamsController).Assembly),
        });
        using var request = new HttpRequestMessage(HttpMethod.Post, $"{shape}?fail=false")
        {
            Headers = { { "Accept-Encoding", "gzip" } },
        };

        var answer = await site.Client.SendAsync(request, Token);

        Assert.Empty(site.Errors);
        Assert.Equal((HttpStatusCode.OK, 1), (answer.StatusCode, await CountAsync("users")));
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
