using System.Net;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Millpond.IntegrationTests.Requests;
using Xunit;
using static Millpond.IntegrationTests.Faults.FaultSweep;

namespace Millpond.IntegrationTests.Faults;

/// <summary>Requests behind a network that is counted and cut: what they cost, and what their clients are told.</summary>
[Trait("Needs", "PostgreSQL")]
public sealed class RequestFaultTests(ProxiedDatabase database, PostgreSqlRequestDatabase unused)
    : IClassFixture<ProxiedDatabase>, IClassFixture<PostgreSqlRequestDatabase>, IAsyncLifetime
{
    private TestSite _site = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _site = await TestSite.StartAsync(unused, new SitePlan
        {
            Services = static services => services.AddMillpondProblemDetails(),
            Outside = static app => app.UseExceptionHandler(static _ => { }),
            Map = static app =>
            {
                app.MapPost("/transfers/{id:guid}", async (Guid id, DbSession session, CancellationToken token) =>
                {
                    await new Transfer(id).MakeAsync(session, token);
                    return Results.Created($"/transfers/{id}", null);
                });
                app.MapGet("/balance", async (DbSession session, CancellationToken token) =>
                    await session.ScalarAsync("select balance from accounts where id = 1", token));
                app.MapGet("/nothing", static (DbSession session) => session.Connection.CreateCommand().CommandText);
                app.MapGet("/without", static () => "no session");
                app.MapPost("/refused", async (DbSession session, CancellationToken token) =>
                {
                    await session.RunAsync("update accounts set balance = balance where id = 1", token);
                    return Results.Conflict();
                });
            },
            Engine = options =>
            {
                options.ConnectionString = database.GetUrl("&timeout=2&command timeout=1&cancellation timeout=200");
                (options.PoolSize, options.MaxOverflow) = (2, 0);
            },
        });
        await MakeAsync(Transfer.New());   // the driver has read the types by now
    }

    public ValueTask DisposeAsync()
    {
        database.Proxy.Heal();
        return _site.DisposeAsync();
    }

    [Fact]
    public async Task S02_A_request_costs_one_round_trip_more_than_its_commands_and_none_without_commands()
    {
        Assert.Equal(4 + 1, await CostAsync(HttpMethod.Post, $"/transfers/{Guid.NewGuid()}", HttpStatusCode.Created));
        Assert.Equal(1 + 1, await CostAsync(HttpMethod.Get, "/balance", HttpStatusCode.OK));
        Assert.Equal(1 + 1, await CostAsync(HttpMethod.Post, "/refused", HttpStatusCode.Conflict));
        Assert.Equal(0, await CostAsync(HttpMethod.Get, "/nothing", HttpStatusCode.OK));
        Assert.Equal(0, await CostAsync(HttpMethod.Get, "/without", HttpStatusCode.OK));
        Assert.Equal(0, await CostAsync(HttpMethod.Get, "/nowhere", HttpStatusCode.NotFound));
    }

    [Theory]
    [InlineData(FaultKind.Reset)]
    [InlineData(FaultKind.Close)]
    public async Task S02_A_client_gets_the_true_outcome_of_a_transfer_cut_at_any_message(FaultKind kind) =>
        Assert.True(await new FaultSweep(database, _site.Engine, MakeAsync).RunAsync(kind) > 40);

    private async Task<int> CostAsync(HttpMethod method, string path, HttpStatusCode expected) =>
        await database.Proxy.CountRoundTripsAsync(async () =>
        {
            using var request = new HttpRequestMessage(method, path);
            using var answer = await _site.Client.SendAsync(request, Token);
            Assert.Equal(expected, answer.StatusCode);
        });

    private async Task<Told> MakeAsync(Transfer transfer)
    {
        using var answer = await _site.Client.PostAsync($"/transfers/{transfer.Id}", null, Token);
        if (answer.StatusCode == HttpStatusCode.Created)
        {
            return Told.Done;
        }

        var problem = JsonNode.Parse(await answer.Content.ReadAsStringAsync(Token))!;
        switch (answer.StatusCode, (string?)problem["code"], (string?)problem["outcome"])
        {
            case (HttpStatusCode.ServiceUnavailable, "MILL2001", null):
                Assert.NotNull(answer.Headers.RetryAfter);
                return Told.Nothing;
            case (HttpStatusCode.InternalServerError, "MILL3006", "unknown"):
                return Told.Unknown;
            default:
                throw new InvalidOperationException($"{answer.StatusCode}: {problem}");
        }
    }
}
