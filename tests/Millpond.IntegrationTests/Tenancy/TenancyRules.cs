using System.Globalization;
using System.Net.Http.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Millpond.IntegrationTests.Requests;
using Xunit;

namespace Millpond.IntegrationTests.Tenancy;

/// <summary>64 tenants race on one pool, and none sees or touches another's row.</summary>
public abstract class TenancyRules(RequestDatabase database) : RequestTestBase(database)
{
    protected const int Tenants = 64;
    private const int Rounds = 2;

    [Theory]
    [InlineData("dapper")]
    [InlineData("ef")]
    public async Task S22_64_concurrent_tenants_never_see_each_others_rows(string way)
    {
        await PrepareAsync();
        var site = await StartAsync(new SitePlan
        {
            Engine = Configure,
            Services = services =>
            {
                services.AddScoped<Tenant>();
                services.AddSessionDbContext<NotesContext>((_, options) => Choose(options), pooled: true);
                Add(services);
            },
            Before = static app => app.Use(static (context, next) =>
            {
                context.RequestServices.GetRequiredService<Tenant>().Id =
                    int.Parse(context.Request.Headers["X-Tenant"].ToString(), CultureInfo.InvariantCulture);
                return next(context);
            }),
            Map = Map,
        });

        await Task.WhenAll(Enumerable.Range(1, Tenants).Select(tenant => LiveAsync(site, way, tenant)));

        Assert.Empty(site.Errors);
    }

    /// <summary>Makes the tables.</summary>
    protected abstract Task PrepareAsync();

    /// <summary>Says how sessions find their tenant's rows.</summary>
    protected virtual void Configure(EngineOptions options)
    {
    }

    protected virtual void Add(IServiceCollection services)
    {
    }

    protected virtual void Choose(DbContextOptionsBuilder options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.UseNpgsql();
    }

    private static void Map(WebApplication app)
    {
        app.MapPost("/dapper", static async (HttpContext context, DbSession db, CancellationToken token) =>
        {
            var text = context.Request.Headers["X-Tenant"].ToString();
            await db.ExecuteAsync($"insert into notes (text) values ({text})", token);
            await db.CommitAsync(token);   // what follows is another transaction, perhaps on another connection
            await db.ExecuteAsync($"update notes set text = text where text <> {""}", token);
        });
        app.MapGet("/dapper", static (DbSession db, CancellationToken token) =>
            db.QueryAsync<string>($"select text from notes", token));
        app.MapPost("/ef", static async (HttpContext context, NotesContext db, DbSession session, CancellationToken token) =>
        {
            db.Add(new Note { Text = context.Request.Headers["X-Tenant"].ToString() });
            await db.SaveChangesAsync(token);
            await session.CommitAsync(token);
            await db.Notes.ExecuteUpdateAsync(
                static set => set.SetProperty(static note => note.Text, static note => note.Text), token);
        });
        app.MapGet("/ef", static (NotesContext db) => db.Notes.Select(static note => note.Text).AsAsyncEnumerable());
    }

    private static async Task LiveAsync(TestSite site, string way, int tenant)
    {
        for (var round = 1; round <= Rounds; round++)
        {
            using var write = new HttpRequestMessage(HttpMethod.Post, way) { Headers = { { "X-Tenant", $"{tenant}" } } };
            using var written = await site.Client.SendAsync(write, Token);
            Assert.True(written.IsSuccessStatusCode, $"{site.Errors.FirstOrDefault()}");
            using var read = new HttpRequestMessage(HttpMethod.Get, way) { Headers = { { "X-Tenant", $"{tenant}" } } };
            using var answer = await site.Client.SendAsync(read, Token);
            Assert.True(answer.IsSuccessStatusCode, $"{site.Errors.FirstOrDefault()}");
            var texts = await answer.Content.ReadFromJsonAsync<string[]>(Token);
            Assert.Equal(Enumerable.Repeat($"{tenant}", round), texts);
        }
    }
}
