using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
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
        var site = await StartAsync(new SitePlan
        {
            Services = static services => services
                .AddMvc(static options => options.EnableEndpointRouting = false)
                .AddApplicationPart(typeof(GuestsController).Assembly),
            Map = static app => app.UseMvc(),
        });

        var answer = await site.Client.PostAsync($"/guests/{ending}", null, Token);

        Assert.Equal((status, rows), (answer.StatusCode, await CountAsync("users")));
    }
}
