using System.Data.Common;
using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Millpond.IntegrationTests.Requests;

/// <summary>Commit before the first byte, in every shape that a response can have.</summary>
public abstract class ResponseShapeRules(RequestDatabase database) : RequestTestBase(database)
{
    public static TheoryData<string, HttpStatusCode> Shapes => ResponseShapes.All;

    [Theory]
    [MemberData(nameof(Shapes))]
    public async Task S02_The_work_is_committed_when_the_first_byte_arrives(string shape, HttpStatusCode status)
    {
        var site = await StartShapesAsync();
        using var socket = await SendAsync(site, shape, fail: false);

        var first = await socket.ReadSomeAsync(Token);
        var committed = await CountAsync("users");
        var answer = first + await socket.ReadToEndAsync(Token);

        Assert.StartsWith($"HTTP/1.1 {(int)status} ", answer, StringComparison.Ordinal);
        Assert.Equal(1, committed);
        Assert.DoesNotContain("never", answer, StringComparison.OrdinalIgnoreCase);
        Assert.Equal(CarriesMark(shape, status), answer.Contains(ResponseShapes.Mark, StringComparison.Ordinal));
        Assert.Equal((0, 0), (site.Engine.GetSnapshot().InUse, site.Engine.GetSnapshot().Holders.Count));
        Assert.Empty(site.Errors);
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public async Task S03_A_failed_commit_reaches_the_exception_handler_unchanged_and_no_success_is_sent(
        string shape, HttpStatusCode status)
    {
        var site = await StartShapesAsync();
        using var socket = await SendAsync(site, shape, fail: true);

        var answer = await socket.ReadToEndAsync(Token);

        Assert.NotEqual(HttpStatusCode.InternalServerError, status);
        Assert.StartsWith("HTTP/1.1 500 ", answer, StringComparison.Ordinal);
        Assert.DoesNotContain(ResponseShapes.Mark, answer, StringComparison.Ordinal);
        var error = Assert.Single(site.Errors);
        AssertIsRefusal(Assert.IsType<DbException>(error, exactMatch: false));
        Assert.Equal(shape != "HEAD /head", answer.Contains($"handled {error.GetType().Name}", StringComparison.Ordinal));
        Assert.Equal((0, 0), (site.Engine.GetSnapshot().InUse, site.Engine.GetSnapshot().Holders.Count));
        Assert.Equal(0, await CountAsync("posts"));
    }

    /// <summary>Asserts that this is the database's own refusal of the commit.</summary>
    protected abstract void AssertIsRefusal(DbException answer);

    private static bool CarriesMark(string shape, HttpStatusCode status) =>
        status == HttpStatusCode.Redirect || (status == HttpStatusCode.OK && shape != "HEAD /head");

    private static Task<RawSocket> SendAsync(TestSite site, string shape, bool fail)
    {
        var parts = shape.Split(' ');
        return RawSocket.SendAsync(site.Address, parts[0], $"{parts[1]}?fail={fail}", Token);
    }

    private async Task<TestSite> StartShapesAsync()
    {
        Database.Site ??= await TestSite.StartAsync(Database, new SitePlan
        {
            Map = ResponseShapes.Map,
            Services = static services => services.AddControllers().AddApplicationPart(typeof(ShapesController).Assembly),
        });
        Database.Site.Errors.Clear();
        return Database.Site;
    }
}
