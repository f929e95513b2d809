using System.Data.Common;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Millpond.IntegrationTests.Requests;
using Millpond.TestPages;
using Xunit;

namespace Millpond.IntegrationTests.Hosts;

/// <summary>Razor pages, which query while they render.</summary>
public abstract class PageRules(RequestDatabase database) : RequestTestBase(database)
{
    [Fact]
    public async Task S09_A_page_is_committed_at_its_first_byte_and_continues_to_read()
    {
        var site = await ServeAsync();

        var answer = await PostAsync(site, GoodInsert);

        Assert.Equal(
            "<!DOCTYPE html>\n<title>Users</title>\n<p>Active before the first byte, 1 users</p>\n" +
            "<p>ReadOnly after it, 1 users</p>\n",
            (await answer.Content.ReadAsStringAsync(Token)).ReplaceLineEndings("\n"));
        Assert.Equal((HttpStatusCode.OK, 1), (answer.StatusCode, await CountAsync("users")));
        Assert.Empty(site.Errors);
    }

    [Fact]
    public async Task S03_A_page_whose_commit_fails_becomes_an_error_page()
    {
        var site = await ServeAsync();

        var answer = await PostAsync(site, FailingInsert);

        var error = Assert.IsType<DbException>(Assert.Single(site.Errors), exactMatch: false);
        Assert.Equal(
            (HttpStatusCode.InternalServerError, $"handled {error.GetType().Name}"),
            (answer.StatusCode, await answer.Content.ReadAsStringAsync(Token)));
        Assert.Equal(0, await CountAsync("posts"));
    }

    /// <summary>After a rollback the session is over, so a page that queries behind its first byte is cut off there.</summary>
    [Fact]
    public async Task S04_A_page_with_an_error_status_is_rolled_back_and_its_session_ends()
    {
        var site = await ServeAsync();

        await Assert.ThrowsAsync<HttpRequestException>(() => PostAsync(site, GoodInsert, status: 409));

        Assert.Equal(0, await CountAsync("users"));
    }

    private Task<TestSite> ServeAsync() => StartAsync(new SitePlan
    {
        Map = static app => app.MapRazorPages(),
        Services = static services => services.AddRazorPages().AddApplicationPart(typeof(UsersModel).Assembly),
    });

    private static Task<HttpResponseMessage> PostAsync(TestSite site, string sql, int status = 200) => site.Client.PostAsync(
        "/users",
        new FormUrlEncodedContent([new("sql", sql), new("status", $"{status}")]),
        Token);
}
