using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Millpond.IntegrationTests.Requests;
using Xunit;

namespace Millpond.IntegrationTests.Faults;

/// <summary>Connections that break while EF Core reads rows, by the driver's own reader.</summary>
[Trait("Needs", "PostgreSQL")]
public sealed class ContextFaultTests(ProxiedDatabase database, PostgreSqlRequestDatabase unused)
    : IClassFixture<ProxiedDatabase>, IClassFixture<PostgreSqlRequestDatabase>, IAsyncLifetime
{
    private TestSite _site = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _site = await TestSite.StartAsync(unused, new SitePlan
        {
            Services = static services =>
            {
                services.AddMillpondProblemDetails();
                services.AddSessionDbContext<NumberContext>(static (_, options) => options.UseNpgsql());
            },
            Outside = static app => app.UseExceptionHandler(static _ => { }),
            Map = static app =>
            {
                app.MapGet("/numbers", ReadAsync);
                app.MapGet("/again", ReadAsync).WithSession(static session => session.Retries = 2);
            },
            Engine = options =>
            {
                options.ConnectionString = database.Lead();
                (options.PoolSize, options.MaxOverflow) = (2, 0);
            },
        });
        await _site.Client.GetStringAsync("/numbers", Token);   // driver and context have read what they need by now
    }

    public ValueTask DisposeAsync()
    {
        database.Proxy.Heal();
        return _site.DisposeAsync();
    }

    [Fact]
    public async Task F05_A_connection_lost_between_the_rows_of_a_context_is_told_as_one()
    {
        var cut = CutAtTheEndOfTheRows();

        var answer = await _site.Client.GetAsync("/numbers", Token);

        Assert.True(cut.HasStruck);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        var problem = await answer.Content.ReadFromJsonAsync<JsonObject>(Token);
        Assert.Equal("MILL2001", problem!["code"]!.GetValue<string>());
    }

    [Fact]
    public async Task S17_A_connection_lost_between_the_rows_of_a_context_is_a_cause_to_try_again()
    {
        var cut = CutAtTheEndOfTheRows();

        var answer = await _site.Client.GetAsync("/again", Token);

        Assert.True(cut.HasStruck);
        Assert.Equal((HttpStatusCode.OK, 1), (answer.StatusCode, _site.Engine.GetSnapshot().Retries));
    }

    /// <summary>The third word that something is done: a setting's and BEGIN's come first.</summary>
    private ArmedFault CutAtTheEndOfTheRows() =>
        database.Proxy.Arm(new FaultPoint(FaultKind.Close, WireSide.Server, 3) { Type = 'C' });

    /// <summary>So many rows that the first are read before the last have come: nothing is sent again by itself.</summary>
    private static Task<List<int>> ReadAsync(NumberContext context, CancellationToken token) =>
        context.Database.SqlQuery<int>($"""select n as "Value" from generate_series(1, 20000) n""").ToListAsync(token);

    private sealed class NumberContext(DbContextOptions<NumberContext> options) : DbContext(options);
}
