using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Millpond.IntegrationTests.Hosts;
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
                services.AddSignalR().AddMillpond();
            },
            Outside = static app => app.UseExceptionHandler(static _ => { }),
            Map = static app =>
            {
                app.MapGet("/numbers", ReadAsync);
                app.MapHub<NumberHub>("/hub");
                app.MapGet("/again", ReadAsync).WithSession(static session => session.Retries = 2);
            },
            Engine = options =>
            {
                options.ConnectionString = database.GetUrl();
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
    public async Task F05_A_connection_lost_between_the_rows_of_a_context_is_reported_as_lost()
    {
        var cut = CutAtTheEndOfTheRows();

        var answer = await _site.Client.GetAsync("/numbers", Token);

        Assert.True(cut.HasOccurred);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        var problem = await answer.Content.ReadFromJsonAsync<JsonObject>(Token);
        Assert.Equal("MILL2001", problem!["code"]!.GetValue<string>());
    }

    [Fact]
    public async Task S17_A_connection_lost_between_the_rows_of_a_context_is_retried()
    {
        var cut = CutAtTheEndOfTheRows();

        var answer = await _site.Client.GetAsync("/again", Token);

        Assert.True(cut.HasOccurred);
        Assert.Equal((HttpStatusCode.OK, 1), (answer.StatusCode, _site.Engine.GetSnapshot().Retries));
    }

    [Fact]
    public async Task F05_A_connection_lost_between_the_rows_of_a_context_in_a_hub_is_reported_as_lost()
    {
        await using var hub = new HubConnectionBuilder().WithUrl(new Uri(_site.Address, "hub")).Build();
        await hub.StartAsync(Token);
        var cut = CutAtTheEndOfTheRows();

        var error = await Assert.ThrowsAsync<HubException>(() => hub.InvokeAsync("CountAsync", Token));

        Assert.True(cut.HasOccurred);
        Assert.Contains("[MILL2001]", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task F05_A_connection_lost_between_the_rows_of_a_context_in_a_gRPC_call_is_reported_as_lost()
    {
        await using var site = await TestSite.StartAsync(unused, new SitePlan
        {
            Protocols = HttpProtocols.Http2,
            Services = static services =>
            {
                services.AddSessionDbContext<NumberContext>(static (_, options) => options.UseNpgsql());
                services.AddGrpc().AddMillpond();
            },
            Map = static app => app.MapGrpcService<NumberService>(),
            Engine = options => options.ConnectionString = database.GetUrl(),
        });
        using var channel = GrpcChannel.ForAddress(site.Address);
        var client = new Users.UsersClient(channel);
        await client.AddAsync(new User(), cancellationToken: Token);   // driver and context have read what they need by now
        var cut = CutAtTheEndOfTheRows();

        var error = await Assert.ThrowsAsync<RpcException>(
            () => client.AddAsync(new User(), cancellationToken: Token).ResponseAsync);

        Assert.True(cut.HasOccurred);
        Assert.Equal((StatusCode.Unavailable, "MILL2001"), (error.StatusCode, error.Trailers.GetValue("millpond-code")));
    }

    /// <summary>The third word that something is done: a setting's and BEGIN's come first.</summary>
    private ArmedFault CutAtTheEndOfTheRows() =>
        database.Proxy.Arm(new FaultPoint(FaultKind.Close, WireSide.Server, 3) { Type = 'C' });

    /// <summary>So many rows that the first are read before the last have come.</summary>
    private static Task<List<int>> ReadAsync(NumberContext context, CancellationToken token) =>
        context.Database.SqlQuery<int>($"""select n as "Value" from generate_series(1, 20000) n""").ToListAsync(token);

    internal sealed class NumberContext(DbContextOptions<NumberContext> options) : DbContext(options);

    internal sealed class NumberHub(NumberContext context) : Hub
    {
        public async Task<int> CountAsync() => (await ReadAsync(context, Context.ConnectionAborted)).Count;
    }

    internal sealed class NumberService(NumberContext context) : Users.UsersBase
    {
        public override async Task<Count> Add(User request, ServerCallContext call) =>
            new() { Users = (await ReadAsync(context, call.CancellationToken)).Count };
    }
}
