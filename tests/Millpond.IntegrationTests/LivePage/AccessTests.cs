using System.Net;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Millpond.IntegrationTests.LivePage;

/// <summary>Who may read the live page.</summary>
public sealed class AccessTests
{
    private const string Allowed = "Development";

    /// <summary>Gets requests without a policy: environment, address of the client, headers, and whether they may read
    /// it.</summary>
    public static TheoryData<string, string, string, string, bool> Requests => new()
    {
        { Allowed, "127.0.0.1", "", "", true },
        { Allowed, "::1", "", "", true },
        { Allowed, "::ffff:127.0.0.1", "", "", true },
        { Allowed, "127.0.0.1", "Host", "localhost:5000", true },
        { Allowed, "127.0.0.1", "Host", "LOCALHOST", true },
        { Allowed, "127.0.0.1", "Host", "shop.dev.localhost", true },
        { Allowed, "127.0.0.1", "Host", "[::1]:5000", true },
        { Allowed, "192.168.0.7", "", "", false },
        { Allowed, "fe80::1", "", "", false },
        { Allowed, "", "", "", false },
        { Allowed, "127.0.0.1", "Host", "rebound.example", false },
        { Allowed, "127.0.0.1", "Host", "localhost.example", false },
        { Allowed, "127.0.0.1", "Host", "notlocalhost", false },
        { Allowed, "127.0.0.1", "Host", "192.168.0.7", false },
        { Allowed, "127.0.0.1", "Forwarded", "for=203.0.113.7", false },
        { Allowed, "127.0.0.1", "X-Forwarded-For", "127.0.0.1", false },
        { Allowed, "127.0.0.1", "X-Forwarded-Proto", "https", false },
        { Allowed, "127.0.0.1", "x-forwarded-host", "localhost", false },
        { Allowed, "127.0.0.1", "X-Original-For", "203.0.113.7:1", false },
        { Allowed, "127.0.0.1", "X-Real-IP", "203.0.113.7", false },
        { Allowed, "127.0.0.1", "Via", "1.1 proxy", false },
    };

    [Theory]
    [MemberData(nameof(Requests))]
    public async Task Without_a_policy_only_this_machine_reads_the_page_and_only_in_Development(
        string environment, string client, string header, string value, bool reads)
    {
        await using var site = await PageSite.StartAsync(environment, app =>
        {
            app.Use((context, next) =>
            {
                context.Connection.RemoteIpAddress = client.Length == 0 ? null : IPAddress.Parse(client);
                return next(context);
            });
            app.MapMillpond();
        });
        (string, string)[] headers = header.Length == 0 ? [] : [(header, value)];

        foreach (var path in (string[])["", "/snapshot.json", "/events", "/black-box.json?engine=default", "/assets/page.js"])
        {
            var expected = !reads ? HttpStatusCode.Forbidden
                : path.StartsWith("/assets", StringComparison.Ordinal) ? HttpStatusCode.NotFound : HttpStatusCode.OK;
            Assert.Equal((path, expected), (path, await site.StatusAsync($"/millpond{path}", headers)));
        }
    }

    [Fact]
    public async Task A_proxy_is_recognised_although_forwarded_headers_were_processed()
    {
        await using var site = await PageSite.StartAsync("Development", app =>
        {
            app.UseForwardedHeaders(new ForwardedHeadersOptions { ForwardedHeaders = ForwardedHeaders.All });
            app.MapMillpond();
        });

        Assert.Equal(HttpStatusCode.Forbidden, await site.StatusAsync("/millpond", ("X-Forwarded-For", "127.0.0.1")));
    }

    [Theory]
    [InlineData("Production", false)]
    [InlineData("Staging", false)]
    [InlineData("Production", true)]
    public async Task Elsewhere_the_host_refuses_to_start_without_a_policy(string environment, bool allowAnonymous)
    {
        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => PageSite.StartAsync(environment, app =>
        {
            var page = app.MapGroup("/ops").MapMillpond("/pool");
            if (allowAnonymous)
            {
                page.RequireAuthorization().AllowAnonymous();   // would undo the policy silently
            }
        }));

        Assert.StartsWith("MapMillpond(\"/pool\") has no authorization policy", error.Message, StringComparison.Ordinal);
        Assert.Contains(".RequireAuthorization(…)", error.Message, StringComparison.Ordinal);
        Assert.Contains(".AllowUnauthenticated()", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task With_AllowUnauthenticated_everyone_reads_the_page()
    {
        await using var site = await PageSite.StartAsync("Production", app => app.MapMillpond().AllowUnauthenticated());

        Assert.Equal(
            HttpStatusCode.OK, await site.StatusAsync("/millpond", ("Host", "shop.example"), ("X-Forwarded-For", "203.0.113.7")));
    }

    [Theory]
    [InlineData("Production", false)]
    [InlineData("Production", true)]
    [InlineData("Development", false)]
    public async Task A_policy_decides_who_reads_the_page(string environment, bool onGroup)
    {
        await using var site = await PageSite.StartAsync(
            environment,
            app =>
            {
                if (onGroup)
                {
                    app.MapGroup("").RequireAuthorization().MapMillpond();
                }
                else
                {
                    app.MapMillpond().RequireAuthorization();
                }
            },
            services =>
            {
                services.AddAuthentication(CookieAuthenticationDefaults.AuthenticationScheme).AddCookie(options =>
                    options.Events.OnRedirectToLogin = static context =>
                    {
                        context.Response.StatusCode = StatusCodes.Status401Unauthorized;
                        return Task.CompletedTask;
                    });
                services.AddAuthorization();
            });

        foreach (var path in (string[])["", "/snapshot.json", "/events", "/black-box.json?engine=default", "/assets/page.js"])
        {
            Assert.Equal(HttpStatusCode.Unauthorized, await site.StatusAsync($"/millpond{path}"));
        }
    }

    [Fact]
    public async Task Nobody_writes_to_the_page()
    {
        await using var site = await PageSite.StartAsync("Development", app => app.MapMillpond());

        foreach (var path in (string[])["", "/snapshot.json", "/events", "/black-box.json"])
        {
            using var response = await site.Client.PostAsync(
                new Uri($"/millpond{path}", UriKind.Relative), null, TestContext.Current.CancellationToken);
            Assert.Equal(HttpStatusCode.MethodNotAllowed, response.StatusCode);
        }
    }

    [Fact]
    public void A_page_without_an_engine_is_refused_when_it_is_mapped()
    {
        using var app = (IDisposable)WebApplication.CreateBuilder().Build();

        var error = Assert.Throws<InvalidOperationException>(() => ((WebApplication)app).MapMillpond());

        Assert.StartsWith("MapMillpond needs an engine", error.Message, StringComparison.Ordinal);
    }
}
