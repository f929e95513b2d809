using System.IO.Compression;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Millpond.IntegrationTests.Requests;

/// <summary>Other middleware that has its hands on the response, outside and inside.</summary>
public abstract class NeighbourRules(RequestDatabase database) : RequestTestBase(database)
{
    private static readonly string Text = string.Concat(Enumerable.Repeat("all-is-well ", 20_000));

    [Theory]
    [InlineData(true, false)]
    [InlineData(true, true)]
    [InlineData(false, false)]
    [InlineData(false, true)]
    public async Task S03_Compression_outside_or_inside_sends_only_committed_bytes(bool outside, bool fail)
    {
        var site = await StartAsync(new SitePlan
        {
            Services = static services => services.AddResponseCompression(),
            Outside = app =>
            {
                app.UseExceptionHandler(static handler => handler.Run(static context => context.Response.WriteAsync("handled")));
                if (outside)
                {
                    app.UseResponseCompression();
                }
            },
            Map = app =>
            {
                if (!outside)
                {
                    app.UseResponseCompression();
                }

                app.MapPost("/", async (DbSession session) =>
                {
                    await session.RunAsync(fail ? FailingInsert : GoodInsert);
                    return Results.Text(Text);
                });
            },
        });
        using var request = new HttpRequestMessage(HttpMethod.Post, "/") { Headers = { { "Accept-Encoding", "gzip" } } };

        var answer = await site.Client.SendAsync(request, Token);
        var body = await answer.Content.ReadAsByteArrayAsync(Token);

        Assert.Equal(fail ? HttpStatusCode.InternalServerError : HttpStatusCode.OK, answer.StatusCode);
        var text = answer.Content.Headers.ContentEncoding.Contains("gzip") ? Unzip(body) : Encoding.UTF8.GetString(body);
        Assert.Equal(fail ? "handled" : Text, text);
        Assert.Equal((fail ? 0 : 1, 0), (await CountAsync("users"), site.Engine.GetSnapshot().InUse));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task S03_HTTP_2_behaves_the_same(bool fail)
    {
        var site = await StartAsync(new SitePlan
        {
            Protocols = HttpProtocols.Http2,
            Map = app => app.MapPost("/", async (HttpContext context, DbSession session) =>
            {
                await session.RunAsync(fail ? FailingInsert : GoodInsert);
                await context.Response.Body.WriteAsync("all-is-well"u8.ToArray());
                await context.Response.WriteAsync(" indeed");
            }),
        });
        using var request = new HttpRequestMessage(HttpMethod.Post, "/")
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };

        var answer = await site.Client.SendAsync(request, Token);
        var text = await answer.Content.ReadAsStringAsync(Token);

        Assert.Equal(fail ? HttpStatusCode.InternalServerError : HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(fail ? $"handled {site.Errors.Single().GetType().Name}" : "all-is-well indeed", text);
        Assert.Equal((fail ? 0 : 1, 0), (await CountAsync("users"), await CountAsync("posts")));
    }

    [Fact]
    public async Task S02_The_output_cache_stores_only_committed_responses()
    {
        var failing = true;
        var site = await StartAsync(new SitePlan
        {
            Services = static services => services.AddOutputCache(),
            Outside = static app =>
            {
                app.UseExceptionHandler(static handler => handler.Run(static context => context.Response.WriteAsync("handled")));
                app.UseOutputCache();
            },
            Map = app => app.MapGet("/", async (DbSession session) =>
            {
                await session.RunAsync(failing ? FailingInsert : GoodInsert);
                return Results.Text("all-is-well");
            }).CacheOutput(),
        });

        var refused = await site.Client.GetAsync("/", Token);
        failing = false;
        var made = await site.Client.GetStringAsync("/", Token);
        var cached = await site.Client.GetAsync("/", Token);

        Assert.Equal(HttpStatusCode.InternalServerError, refused.StatusCode);
        Assert.Equal(("all-is-well", "all-is-well"), (made, await cached.Content.ReadAsStringAsync(Token)));
        Assert.NotNull(cached.Headers.Age);
        Assert.Equal(1, await CountAsync("users"));
    }

    [Fact]
    public async Task S04_An_inner_exception_handler_responds_with_an_error_and_the_work_is_rolled_back()
    {
        var site = await StartAsync(app =>
        {
            app.UseExceptionHandler(static handler =>
                handler.Run(static context => context.Response.WriteAsync("handled inside")));
            app.MapPost("/", async (HttpContext context, DbSession session) =>
            {
                await session.RunAsync(GoodInsert);
                await context.Response.Body.WriteAsync("success"u8.ToArray());
                throw new InvalidTimeZoneException();
            });
        });

        var answer = await site.Client.PostAsync("/", null, Token);

        Assert.Equal(HttpStatusCode.InternalServerError, answer.StatusCode);
        Assert.Equal("handled inside", await answer.Content.ReadAsStringAsync(Token));
        Assert.Equal((0, 0), (await CountAsync("users"), site.Engine.GetSnapshot().InUse));
    }

    [Fact]
    public async Task S02_A_body_replaced_inside_and_copied_back_is_committed_before_it_is_sent()
    {
        var site = await StartAsync(app =>
        {
            app.Use(async (context, next) =>
            {
                var original = context.Response.Body;
                using var copy = new MemoryStream();
                context.Response.Body = copy;
                await next(context);
                context.Response.Body = original;
                copy.Position = 0;
                await copy.CopyToAsync(original, context.RequestAborted);
            });
            app.MapPost("/", async (DbSession session) =>
            {
                await session.RunAsync(GoodInsert);
                return Results.Text("all-is-well");
            });
        });

        Assert.Equal("all-is-well", await (await site.Client.PostAsync("/", null, Token)).Content.ReadAsStringAsync(Token));
        Assert.Equal(1, await CountAsync("users"));
    }

    [Fact]
    public async Task S02_A_body_replaced_outside_gets_held_bytes_before_later_ones()
    {
        var site = await StartAsync(new SitePlan
        {
            Outside = static app => app.Use(async (context, next) =>
            {
                var original = context.Response.Body;
                using var copy = new MemoryStream();
                context.Response.Body = copy;
                await next(context);
                context.Response.Body = original;
                copy.Position = 0;
                await copy.CopyToAsync(original, context.RequestAborted);
            }),
            Map = static app => app.MapPost("/", static async (HttpContext context, DbSession session) =>
            {
                await session.RunAsync(GoodInsert);
                await context.Response.Body.WriteAsync("first "u8.ToArray());
                await context.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(Text));
            }),
        });

        Assert.Equal("first " + Text, await (await site.Client.PostAsync("/", null, Token)).Content.ReadAsStringAsync(Token));
    }

    [Fact]
    public async Task Calling_UseMillpond_twice_has_no_effect()
    {
        var site = await StartAsync(app =>
        {
            app.UseMillpond();
            app.MapPost("/", async (DbSession session) => await session.RunAsync(GoodInsert));
        });

        Assert.Equal("1", await (await site.Client.PostAsync("/", null, Token)).Content.ReadAsStringAsync(Token));
        Assert.Equal((1, 1L), (await CountAsync("users"), site.Engine.GetSnapshot().Commits));
    }

    private static string Unzip(byte[] body)
    {
        using var stream = new GZipStream(new MemoryStream(body), CompressionMode.Decompress);
        return new StreamReader(stream).ReadToEnd();
    }
}
