using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Millpond.IntegrationTests.Requests;
using Xunit;

namespace Millpond.IntegrationTests.Adoption;

/// <summary>MVC with <c>EnableEndpointRouting = false</c>: its requests have no endpoint.</summary>
public abstract class LegacyRoutingRules(RequestDatabase database) : RequestTestBase(database)
{
    [Theory]
    [InlineData("done", HttpStatusCode.OK, 1)]
    [InlineData("refusal", HttpStatusCode.BadRequest, 0)]
    [InlineData("error", HttpStatusCode.InternalServerError, 0)]
    public async Task S04_UseMvc_without_endpoints_commits_and_rolls_back(
        string ending, HttpStatusCode status, long rows)
    {
        var site = await StartMvcAsync(static app => app.UseMvc());

        var answer = await site.Client.PostAsync($"/guests/{ending}", null, Token);

        Assert.Equal((status, rows), (answer.StatusCode, await CountAsync("users")));
    }

    [Fact]
    public async Task A_session_attribute_that_MVC_without_endpoints_ignores_is_logged_once()
    {
        var site = await StartMvcAsync(static app => app.UseMvc());

        await site.Client.PostAsync("/guests/done", null, Token);
        Assert.Equal("1", await site.Client.GetStringAsync("/guests/count", Token));

        Assert.Matches(   // any controller of this assembly
            @"^The session attribute of \S+Controller\.\w+ \(Millpond\.IntegrationTests\) has no effect, because MVC runs with " +
            "EnableEndpointRouting = false",
            Assert.Single(site.Log.Of(LogLevel.Warning)));
    }

    [Fact]
    public async Task MapControllers_applies_session_attributes_even_without_EnableEndpointRouting()
    {
        var site = await StartMvcAsync(static app => app.MapControllers());

        Assert.Equal("0", await site.Client.GetStringAsync("/guests/count", Token));
        Assert.Equal(HttpStatusCode.NotFound, (await site.Client.GetAsync("/nowhere", Token)).StatusCode);

        Assert.Empty(site.Log.Of(LogLevel.Warning));
    }

    private Task<TestSite> StartMvcAsync(Action<WebApplication> map) => StartAsync(new SitePlan
    {
        Services = static services => services
            .AddMvc(static options => options.EnableEndpointRouting = false)
            .AddApplicationPart(typeof(GuestsController).Assembly),
        Map = map,
    });
}
