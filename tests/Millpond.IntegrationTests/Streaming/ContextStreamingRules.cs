using System.Net;
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Millpond.IntegrationTests.Contexts;
using Millpond.IntegrationTests.Requests;
using Xunit;

namespace Millpond.IntegrationTests.Streaming;

/// <summary>EF Core's queries after the commit point, whose readers the session does not see on PostgreSQL (S09, F05).</summary>
public abstract class ContextStreamingRules(RequestDatabase database) : RequestTestBase(database)
{
    [Fact]
    public async Task S09_A_streamed_query_of_EF_includes_the_saved_changes()
    {
        var site = await StartAsync(static app => app.MapPost("/", static async (UsersContext db) =>
        {
            db.Add(new User { Name = "ada" });
            await db.SaveChangesAsync();
            return db.Users.OrderBy(one => one.Id).Select(one => one.Name).AsAsyncEnumerable();
        }));

        var text = await (await site.Client.PostAsync("/", null, Token)).Content.ReadAsStringAsync(Token);

        Assert.Equal("[\"ada\"]", text);
        Assert.Equal(1, await CountAsync("users"));
        await NothingHeldAsync(site.Engine);
    }

    [Fact]
    public async Task S09_No_connection_is_held_between_two_queries_of_EF()
    {
        await Database.ExecuteAsync(GoodInsert);
        await Database.ExecuteAsync(GoodInsert);
        List<int> during = [];
        var site = await StartAsync(app => app.MapGet("/", async (
            HttpContext context, UsersContext db, DbEngine engine, CancellationToken token) =>
        {
            await context.Response.StartAsync(token);
            await foreach (var count in ReadAsync(db, engine, during, token))
            {
                await context.Response.WriteAsync($"{count},", token);
            }
        }));

        var answer = await site.Client.GetAsync("/", Token);

        Assert.Equal("2,2,2,2,", await answer.Content.ReadAsStringAsync(Token));
        Assert.Equal([1, 1, 1, 1], during);
        Assert.Empty(site.Errors);
        await NothingHeldAsync(site.Engine);
    }

    [Fact]
    public async Task S09_An_abandoned_query_of_EF_returns_its_connection()
    {
        for (var i = 0; i < 3; i++)
        {
            await Database.ExecuteAsync(GoodInsert);
        }

        var site = await StartAsync(static app => app.MapGet("/", static async (HttpContext context, UsersContext db) =>
        {
            await context.Response.StartAsync();
            Assert.NotNull(await db.Users.AsAsyncEnumerable().FirstAsync());
            await foreach (var one in db.Users.AsAsyncEnumerable())
            {
                Assert.Equal("ada", one.Name);
                break;
            }

            var engine = context.RequestServices.GetRequiredService<DbEngine>();
            await UntilAsync(() => engine.GetSnapshot().InUse == 0, "the connection was back");
        }));

        Assert.Equal(HttpStatusCode.OK, (await site.Client.GetAsync("/", Token)).StatusCode);
        Assert.Empty(site.Errors);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task S09_A_save_after_the_commit_point_is_rejected(int rows)
    {
        Exception? refusal = null;
        var site = await StartAsync(app => app.MapPost("/", async (HttpContext context, UsersContext db) =>
        {
            await context.Response.StartAsync();
            for (var i = 0; i < rows; i++)
            {
                db.Add(new User { Name = "late" });
            }

            refusal = await Record.ExceptionAsync(() => db.SaveChangesAsync(Token));
        }));

        await site.Client.PostAsync("/", null, Token);

        while (refusal is DbUpdateException { InnerException: { } inner })
        {
            refusal = inner;
        }

        Assert.True(refusal is ReadOnlySessionException or SessionEndedException, $"{refusal}");
        Assert.Contains("is past its commit point", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(0, await CountAsync("users"));
        await NothingHeldAsync(site.Engine);
    }

    private Task<TestSite> StartAsync(Action<WebApplication> map) => StartAsync(new SitePlan
    {
        Map = map,
        Services = services => services.AddSessionDbContext<UsersContext>(
            (_, options) => EfProvider.Choose(options, Database.IsPostgres)),
    });

    private static async IAsyncEnumerable<int> ReadAsync(
        UsersContext db, DbEngine engine, List<int> during, [EnumeratorCancellation] CancellationToken token)
    {
        for (var i = 0; i < 4; i++)
        {
            var count = 0;
            await foreach (var one in db.Users.AsNoTracking().AsAsyncEnumerable().WithCancellation(token))
            {
                count++;
                if (count == 1)
                {
                    during.Add(engine.GetSnapshot().InUse);
                }
            }

            if (i != 1)   // once the next query comes at once
            {
                await UntilAsync(() => engine.GetSnapshot().InUse == 0, "the connection was back");
            }

            yield return count;
        }
    }
}
