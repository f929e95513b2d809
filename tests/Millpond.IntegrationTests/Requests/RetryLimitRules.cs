using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;
using Xunit;

namespace Millpond.IntegrationTests.Requests;

/// <summary>Requests that are not retried although their endpoint has <c>Retries</c> (S17).</summary>
public abstract class RetryLimitRules(RequestDatabase database) : RetryTestBase(database)
{
    [Theory]
    [InlineData(false, 1)]
    [InlineData(true, 2)]
    public async Task S17_A_request_whose_scoped_services_were_used_before_UseMillpond_is_retried_only_if_their_state_is_copied(
        bool copies, int tries)
    {
        List<int> tenants = [];
        var site = await StartAsync(new SitePlan
        {
            Engine = static options => options.Session.Retries = Retries,
            Services = static services => services.AddScoped<Tenant>(),
            Requests = options => options.CopyServiceState = copies
                ? static (from, to) => to.GetRequiredService<Tenant>().Id = from.GetRequiredService<Tenant>().Id
                : null,
            Outside = static app => app.Use(async (context, next) =>
            {
                context.RequestServices.GetRequiredService<Tenant>().Id = 7;
                await next(context);
            }),
            Map = app => app.MapPost("/", async (DbSession session, Tenant tenant) =>
            {
                tenants.Add(tenant.Id);
                await WriteAsync(session);
            }),
        });

        var answer = await site.Client.PostAsync("/", null, Token);

        Assert.Equal(copies ? HttpStatusCode.OK : HttpStatusCode.InternalServerError, answer.StatusCode);
        Assert.Equal(Enumerable.Repeat(7, tries), tenants);
        Assert.Equal(copies ? 1 : 0, await CountAsync("users"));
        if (!copies)
        {
            AssertNotRetried(site, "scoped services of the request were used before UseMillpond");
            await site.Client.PostAsync("/", null, Token);
            Assert.Single(site.Log.Of(LogLevel.Warning), static line => line.StartsWith(
                "HTTP: POST / has Retries but is not retried:", StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task S17_A_conflict_of_another_database_does_not_count()
    {
        var site = await StartRetryingAsync(app => app.MapPost("/", async (DbSession session) =>
        {
            await session.RunAsync(GoodInsert);
            CountTry();
            throw new InvalidOperationException("could not ask the other one", Database.IsPostgres
                ? new PostgresException("made for this test", "ERROR", "ERROR", "40001")
                : new SqliteException("made for this test", 5));
        }));

        Assert.Equal(HttpStatusCode.InternalServerError, (await site.Client.PostAsync("/", null, Token)).StatusCode);

        Assert.Equal((1, 0), (Tries, await CountAsync("users")));
    }

    private sealed class Tenant
    {
        public int Id { get; set; }
    }
}
