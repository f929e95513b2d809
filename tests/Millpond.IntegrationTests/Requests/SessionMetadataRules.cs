using System.Data;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Millpond.IntegrationTests.Requests;

/// <summary>What endpoints say about their sessions, and where a request finds its engine.</summary>
public abstract class SessionMetadataRules(RequestDatabase database) : RequestTestBase(database)
{
    [Theory]
    [InlineData("/pages", HttpStatusCode.InternalServerError)]
    [InlineData("/pages/write", HttpStatusCode.NoContent)]
    public async Task The_attribute_of_an_action_overrides_its_controllers(string path, HttpStatusCode status)
    {
        var site = await StartAsync(new SitePlan
        {
            Services = static services => services.AddControllers().AddApplicationPart(typeof(PagesController).Assembly),
            Map = static app => app.MapControllers(),
        });

        Assert.Equal(status, (await site.Client.PostAsync(path, null, Token)).StatusCode);
        Assert.Equal(status == HttpStatusCode.NoContent ? 1 : 0, await CountAsync("users"));
    }

    [Fact]
    public async Task Settings_apply_from_the_outermost_to_the_innermost()
    {
        List<string> order = [];
        SessionAttribute attribute = new() { Isolation = IsolationLevel.Serializable };
        var site = await StartAsync(app =>
        {
            var group = app.MapGroup("/").WithSession(options =>
            {
                order.Add("group");
                options.Access = SessionAccess.ReadOnly;
                options.Isolation = IsolationLevel.ReadCommitted;
            });
            group.MapPost("/", async (DbSession session) => await session.RunAsync(GoodInsert))
                .WithSession(options =>
                {
                    order.Add($"endpoint after {options.Access}");
                    options.Access = SessionAccess.ReadWrite;
                })
                .WithMetadata(attribute)
                .WithSession(options => order.Add($"last after {options.Access} {options.Isolation}"));
        });

        Assert.Equal(HttpStatusCode.OK, (await site.Client.PostAsync("/", null, Token)).StatusCode);
        var ofTheSession = order.TakeLast(3);   // those before were asked for Retries
        Assert.Equal(["group", "endpoint after ReadOnly", "last after ReadWrite Serializable"], ofTheSession);
        Assert.Equal(1, await CountAsync("users"));
    }

    [Fact]
    public async Task Invalid_settings_are_rejected_with_the_endpoints_name()
    {
        var site = await StartAsync(
            app => app.MapPost("/pay", static () => "no session").WithSession(static options => options.Retries = 1000));
        Assert.Equal(HttpStatusCode.InternalServerError, (await site.Client.PostAsync("/pay", null, Token)).StatusCode);
        Assert.StartsWith(
            "HTTP: POST /pay: The session options are invalid: Retries is 1000; use 0 to 100.",
            Assert.Single(site.Errors).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_session_nothing_is_buffered()
    {
        List<bool> started = [];
        var site = await StartAsync(app =>
        {
            var group = app.MapGroup("/").WithoutSession();
            group.MapPost("/", async (HttpContext context, DbEngine engine) =>
            {
                await engine.RunAsync((session, token) => session.RunAsync(GoodInsert, token));
                await context.Response.Body.WriteAsync(new byte[1]);
                started.Add(context.Response.HasStarted);
            });
            group.MapPost("/back", async (HttpContext context, DbSession session) =>
            {
                await session.RunAsync(GoodInsert);
                await context.Response.Body.WriteAsync(new byte[1]);
                started.Add(context.Response.HasStarted);
            }).WithSession(static _ => { });
        });

        await site.Client.PostAsync("/", null, Token);
        await site.Client.PostAsync("/back", null, Token);

        Assert.Equal([true, false], started);
        Assert.Equal(2, await CountAsync("users"));
    }

    [Fact]
    public async Task A_router_selects_the_engine_by_a_request_header()
    {
        await using var other = DbEngine.Create(static options => options.UseSqlite("sqlite::memory:"));
        await other.RunAsync(
            (session, token) => session.RunAsync("create table users (id integer primary key, name text)", token),
            cancellationToken: Token);
        var site = await StartAsync(new SitePlan
        {
            Services = services => services.AddHttpContextAccessor().AddSingleton<EngineRouter>(provider =>
                new HeaderRouter(provider.GetRequiredService<IHttpContextAccessor>(), other)),
            Map = app => app.MapPost("/", async (DbSession session) => await session.RunAsync(GoodInsert)),
        });
        using var request = new HttpRequestMessage(HttpMethod.Post, "/") { Headers = { { "X-Tenant", "other" } } };

        await site.Client.SendAsync(request, Token);
        var (here, there) = (site.Engine.GetSnapshot().Commits, other.GetSnapshot().Commits);
        await site.Client.PostAsync("/", null, Token);

        Assert.Equal((0L, 2L), (here, there));
        Assert.Equal((1L, 2L), (site.Engine.GetSnapshot().Commits, other.GetSnapshot().Commits));
        Assert.Equal(1, await CountAsync("users"));
    }

    private sealed class HeaderRouter(IHttpContextAccessor http, DbEngine other) : EngineRouter
    {
        public override DbEngine Route(IServiceProvider services, string engineName) =>
            http.HttpContext?.Request.Headers.ContainsKey("X-Tenant") == true ? other : base.Route(services, engineName);
    }
}
