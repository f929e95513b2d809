using System.Net;
using System.Net.Http.Json;
using FastEndpoints;
using Millpond.IntegrationTests.Requests;
using Xunit;

namespace Millpond.IntegrationTests.Libraries;

/// <summary>FastEndpoints behind <c>UseMillpond</c>: its endpoints are endpoints like any other.</summary>
public abstract class FastEndpointsRules(RequestDatabase database) : RequestTestBase(database)
{
    [Fact]
    public async Task S02_A_FastEndpoint_is_committed_with_its_response_and_rolled_back_with_its_error()
    {
        var site = await StartAsync(new SitePlan
        {
            Services = static services => services.AddFastEndpoints(static options =>
            {
                options.DisableAutoDiscovery = true;
                options.Assemblies = [typeof(AddUserEndpoint).Assembly];
            }),
            Map = static app => app.UseFastEndpoints(),
        });

        var taken = await site.Client.PostAsJsonAsync("/fast-users", new AddUser { Name = "ada" }, Token);
        Assert.Equal((HttpStatusCode.OK, "1"), (taken.StatusCode, await taken.Content.ReadAsStringAsync(Token)));
        Assert.Equal(1, await CountAsync("users"));

        var refused = await site.Client.PostAsJsonAsync("/fast-users", new AddUser { Name = "bob", Fails = true }, Token);
        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        Assert.Equal(1, await CountAsync("users"));

        var broken = new AddUser { Name = "cleo", FailsAtCommit = true };
        var failing = await site.Client.PostAsJsonAsync("/fast-users", broken, Token);
        Assert.Equal(HttpStatusCode.InternalServerError, failing.StatusCode);
        Assert.Equal(1, await CountAsync("users"));
    }
}
