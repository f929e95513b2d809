using System.Net;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Millpond.IntegrationTests.Requests;
using Xunit;

namespace Millpond.IntegrationTests.Faults;

/// <summary>Requests whose commit is cut, where the database is asked what became of it.</summary>
[Trait("Needs", "PostgreSQL")]
public sealed class CommitOutcomeRequestTests(ProxiedDatabase database, PostgreSqlRequestDatabase unused)
    : IClassFixture<ProxiedDatabase>, IClassFixture<PostgreSqlRequestDatabase>, IAsyncLifetime
{
    private TestSite _site = null!;
    private HeldCommit _held = null!;
    private int _runs;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _held = await HeldCommit.HoldAsync(database);
        _site = await TestSite.StartAsync(unused, new SitePlan
        {
            Services = static services => services.AddMillpondProblemDetails(),
            Outside = static app => app.UseExceptionHandler(static _ => { }),
            Map = app => app.MapPost("/held/{id:guid}", async (Guid id, DbSession session, CancellationToken token) =>
            {
                Interlocked.Increment(ref _runs);
                await HeldCommit.InsertAsync(session, id, token);
                return Results.Created($"/held/{id}", null);
            }),
            Engine = options =>
            {
                options.ConnectionString = database.GetUrl();
                (options.PoolSize, options.MaxOverflow) = (2, 0);
                options.CleanupTimeout = TimeSpan.FromSeconds(3);
                options.Session.ConfirmCommit = true;
            },
        });
    }

    public async ValueTask DisposeAsync()
    {
        database.Proxy.Heal();
        await _held.DisposeAsync();
        await _site.DisposeAsync();
    }

    [Fact]
    public async Task S18_A_request_whose_lost_commit_was_made_is_a_success()
    {
        var (id, answering) = await CommittingAsync();
        database.Proxy.ApplyToAll(FaultKind.Close);   // a reset would take along what is not read yet
        await _held.LetGoAsync();
        using var answer = await answering;
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        Assert.True(await _held.IsThereAsync(id));
        Assert.Equal(1, _runs);
    }

    [Fact]
    public async Task S18_A_request_whose_lost_commit_was_not_made_is_reported_as_rolled_back()
    {
        var (id, answering) = await CommittingAsync();
        database.Proxy.ApplyToAll(FaultKind.Close);   // a reset would take along what is not read yet
        await AssertToldAsync(answering, "rolledBack", "Nothing was changed. Try again.");
        await _held.LetGoAsync();
        Assert.False(await _held.IsThereAsync(id));
    }

    [Fact]
    public async Task S18_A_request_whose_outcome_cannot_be_queried_is_reported_as_unknown()
    {
        var (_, answering) = await CommittingAsync();
        await database.Proxy.RefuseAsync();
        database.Proxy.ApplyToAll(FaultKind.Close);   // a reset would take along what is not read yet
        await AssertToldAsync(answering, "unknown", "Check whether the change was made before you repeat it.");
    }

    private async Task AssertToldAsync(Task<HttpResponseMessage> answering, string outcome, string detail)
    {
        using var answer = await answering;
        var problem = JsonNode.Parse(await answer.Content.ReadAsStringAsync(Token))!;
        Assert.Equal(
            (HttpStatusCode.InternalServerError, "MILL3006", outcome, 1),
            (answer.StatusCode, (string?)problem["code"], (string?)problem["outcome"], _runs));
        Assert.EndsWith(detail, (string?)problem["detail"], StringComparison.Ordinal);
    }

    private async Task<(Guid Id, Task<HttpResponseMessage> Answering)> CommittingAsync()
    {
        var id = Guid.NewGuid();
        var answering = _site.Client.PostAsync($"/held/{id}", null, Token);
        await _held.UntilCommittingAsync();
        return (id, answering);
    }
}
