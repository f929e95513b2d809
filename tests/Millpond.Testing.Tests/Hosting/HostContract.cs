using System.Net.Http.Json;
using Ledger;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Millpond.Testing.Tests.Hosting;

/// <summary>One web host and many databases.</summary>
public abstract class HostContract : IAsyncDisposable
{
    protected const string Schema = "create table entries (text text not null)";

    private readonly Databases _databases;
    private readonly WebApplicationFactory<LedgerHub> _factory;

    protected Databases Databases => _databases;

    protected WebApplicationFactory<LedgerHub> Factory => _factory;

    protected HostContract(Databases databases)
    {
        _databases = databases;
        _factory = new WebApplicationFactory<LedgerHub>().WithTestDatabases(databases);
    }

    [Fact]
    public async Task T02_Requests_of_500_parallel_tests_reach_their_own_databases()
    {
        var many = new ParallelOptions { MaxDegreeOfParallelism = 8 };
        await Parallel.ForEachAsync(Enumerable.Range(0, 500), many, async (i, token) =>
        {
            await using var db = await _databases.AcquireAsync(cancellationToken: token);
            using var client = _factory.CreateClient(db);
            using var response = await client.PostAsync($"/entries/t{i}", content: null, token);
            Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync(token));
            Assert.Equal([$"t{i}"], await client.GetFromJsonAsync<List<string>>("/entries", token));
        });
    }

    [Fact]
    public async Task T02_A_background_job_runs_on_the_database_of_the_request_that_enqueued_it()
    {
        await using var db = await _databases.AcquireAsync();
        using var client = _factory.CreateClient(db);

        (await client.PostAsync("/later/job", content: null, Kit.Token)).EnsureSuccessStatusCode();

        await Kit.UntilAsync(async () => await db.CountAsync("entries") == 1, "the job has run");
        Assert.Equal(["job"], await client.GetFromJsonAsync<List<string>>("/entries", Kit.Token));
    }

    [Fact]
    public async Task T02_Hub_calls_reach_the_database_of_their_connections_test()
    {
        await using var one = await _databases.AcquireAsync();
        await using var two = await _databases.AcquireAsync();
        foreach (var (db, text) in new[] { (one, "a"), (two, "b"), (one, "c") })
        {
            await using var hub = new HubConnectionBuilder()
                .WithUrl("http://localhost/hub", o => o.HttpMessageHandlerFactory = _ => _factory.CreateHandler(db)).Build();
            await hub.StartAsync(Kit.Token);
            await hub.InvokeAsync("AddAsync", text, Kit.Token);
            await hub.InvokeAsync("AddAsync", text, Kit.Token);
        }

        Assert.Equal((4, 2), (await one.CountAsync("entries"), await two.CountAsync("entries")));
    }

    [Fact]
    public async Task T02_A_scope_of_a_test_seeds_its_database()
    {
        await using var db = await _databases.AcquireAsync();
        await _factory.RunInSessionAsync(db, static (services, token) => services.GetRequiredService<DbSession>()
            .ExecuteAsync($"insert into entries (text) values ('seed')", token), Kit.Token);

        using var client = _factory.CreateClient(db);
        await using var scope = _factory.CreateScope(db);
        Assert.Equal(1, await scope.ServiceProvider.GetRequiredService<DbSession>()
            .QuerySingleAsync<long>($"select count(*) from entries", Kit.Token));
        Assert.Equal(["seed"], await client.GetFromJsonAsync<List<string>>("/entries", Kit.Token));
    }

    [Fact]
    public async Task T02_A_session_outside_any_test_is_rejected_with_the_remedy()
    {
        using var client = _factory.CreateClient();
        await using var scope = _factory.Services.CreateAsyncScope();

        var request = await ErrorAsync(client);
        var direct = Assert.Throws<InvalidOperationException>(() => scope.ServiceProvider.GetRequiredService<DbSession>());

        Assert.StartsWith(
            "A session was opened outside of any test. Send requests by factory.CreateClient(database)",
            direct.Message, StringComparison.Ordinal);
        Assert.Contains(direct.Message, request, StringComparison.Ordinal);
        client.DefaultRequestHeaders.Add("Millpond-Test-Database", "guessed");
        Assert.Contains(direct.Message, await ErrorAsync(client), StringComparison.Ordinal);
    }

    [Fact]
    public async Task T02_A_session_of_an_ended_test_is_rejected_with_the_tests_name()
    {
        var db = await _databases.AcquireAsync();
        using var client = _factory.CreateClient(db);
        await db.DisposeAsync();

        Assert.Contains(
            $"A session was opened for test '{nameof(T02_A_session_of_an_ended_test_is_rejected_with_the_tests_name)}', which",
            await ErrorAsync(client), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Expectations_hold_for_requests()
    {
        await using var db = await _databases.AcquireAsync();
        using var client = _factory.CreateClient(db);

        await DatabaseExpect.NothingPersistedAsync(db, () => client.PostAsync("/entries/wrong", content: null, Kit.Token));
        await DatabaseExpect.NoLeakedConnectionAsync(db, () => client.GetAsync("/entries", Kit.Token));
        await Assert.ThrowsAsync<DatabaseExpectException>(() => DatabaseExpect.NothingPersistedAsync(
            db, () => client.PostAsync("/entries/right", content: null, Kit.Token)));
    }

    /// <summary>What the developer's page says of a request that fails.</summary>
    private static async Task<string> ErrorAsync(HttpClient client)
    {
        using var response = await client.GetAsync("/entries", Kit.Token);
        Assert.Equal(System.Net.HttpStatusCode.InternalServerError, response.StatusCode);
        return await response.Content.ReadAsStringAsync(Kit.Token);
    }

    public async ValueTask DisposeAsync()
    {
        await _factory.DisposeAsync();
        await _databases.DisposeAsync();
        GC.SuppressFinalize(this);
    }
}
