using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Millpond.IntegrationTests.Servers;
using Npgsql;
using Xunit;

namespace Millpond.IntegrationTests.Bank;

/// <summary>Four programs on a server that leaves 17 connections to ordinary roles.</summary>
[Trait("Needs", "PostgreSQL")]
[Trait("Needs", "Programs")]
public sealed class FourWorkersTests : IAsyncLifetime
{
    private const int Accounts = 8;
    private const int Requests = 400;
    private readonly List<BankProcess> _workers = [];
    private readonly List<BankClient> _clients = [];
    private PostgresServer? _server;
    private string _url = "";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _server = await PostgresServer.StartOwnWithAsync("max_connections = 20", "superuser_reserved_connections = 3");
        var url = await _server.CreateDatabaseAsync(Token);
        await using var admin = new NpgsqlConnection(PostgresUrl.ToUnpooled(_server.AdminUrl));
        await admin.OpenAsync(Token);
        await using var command = admin.CreateCommand();
        command.CommandText =
            $"create role bank login password 'pw'; alter database {PostgresUrl.Database(url)} owner to bank";
        await command.ExecuteNonQueryAsync(Token);
        _url = new UriBuilder(url) { UserName = "bank", Password = "pw" }.Uri.AbsoluteUri;
    }

    public async ValueTask DisposeAsync()
    {
        _clients.ForEach(static client => client.Dispose());
        foreach (var worker in _workers)
        {
            await worker.DisposeAsync();
        }

        await (_server?.DisposeAsync() ?? default);
    }

    [Fact]
    public async Task G17_Four_workers_on_a_too_small_server_report_it_and_respond_correctly()
    {
        await StartFourAsync(4, 6, developers: 3);
        const string advice = "4 workers x 10 = 40 > 17 usable (max_connections 20 - 3 reserved): PoolSize 2 and MaxOverflow 2 " +
            "would fit.";

        await Task.WhenAll(_clients.Select((client, i) => UntilAsync(
            async () => (await client.GetAsync("/health/ready")).Text ==
                $$"""{"status":"ready","degraded":"{{(i < 3 ? advice : "See the log.")}}"}""",   // to strangers no numbers
            async () => (await client.GetAsync("/health/ready")).Text)));
        Assert.All(_workers, worker => Assert.Contains(
            "The server may refuse connections of engine 'bank': ", worker.Output, StringComparison.Ordinal));

        var statuses = await LoadAsync();

        Assert.All(statuses.Keys, static status => Assert.True(status is 201 or 503, $"{status}"));
        Assert.Equal(Requests, statuses.Values.Sum());
        Assert.NotEqual(0, statuses.GetValueOrDefault(201));
        await AssertSumsAsync(statuses[201]);
    }

    [Fact]
    public async Task G17_Four_workers_that_fit_are_ready_and_rejected_nothing()
    {
        await StartFourAsync(3, 1);

        var statuses = await LoadAsync();

        Assert.Equal([new(201, Requests)], statuses);
        await AssertSumsAsync(Requests);
        foreach (var client in _clients)
        {
            Assert.Equal("""{"status":"ready"}""", (await client.GetAsync("/health/ready")).Text);
        }

        Assert.All(_workers, static worker => Assert.DoesNotContain("warn:", worker.Output, StringComparison.Ordinal));
    }

    [Fact]
    public async Task G17_A_worker_whose_pool_can_never_fit_exits_with_one_line()
    {
        await using var bank = BankProcess.Launch(
            ["--urls", "http://127.0.0.1:0", "--ConnectionStrings:bank", _url, "--Millpond:bank:MaxOverflow", "8"]);
        Assert.Equal((1, ""), (await bank.ExitAsync(), bank.Output.Trim()));
        Assert.Equal(
            "Engine 'bank' cannot start: PoolSize 10 and MaxOverflow 8 make 18 connections, but the server can never open more " +
            "than 17: max_connections is 20, of which 3 are reserved. PoolSize 10 and MaxOverflow 7 would fit one worker; " +
            "correct ConnectionStrings:bank or section Millpond:bank.",
            bank.Errors);
    }

    private static async Task UntilAsync(Func<Task<bool>> happened, Func<Task<string>> tell)
    {
        for (var watch = Stopwatch.StartNew(); !await happened(); await Task.Delay(200, Token))
        {
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(60), await tell());
        }
    }

    private async Task StartFourAsync(int poolSize, int overflow, int developers = 0)
    {
        _workers.AddRange(await Task.WhenAll(Enumerable.Range(0, 4).Select(i => BankProcess.ServeAsync(
            _url,
            i < developers ? "Development" : null,
            "--Millpond:bank:PoolSize", poolSize.ToString(CultureInfo.InvariantCulture),
            "--Millpond:bank:MaxOverflow", overflow.ToString(CultureInfo.InvariantCulture)))));
        _clients.AddRange(_workers.Select(static worker => worker.Client()));
        for (var i = 0; i < Accounts; i++)
        {
            Assert.Equal(i + 1, await _clients[0].OpenAccountAsync(1_000));
        }
    }

    /// <summary>Sends transfers to all four, 32 at a time, and counts the answers by their status.</summary>
    private async Task<Dictionary<int, int>> LoadAsync()
    {
        var statuses = new ConcurrentQueue<int>();
        await Parallel.ForEachAsync(
            Enumerable.Range(0, Requests),
            new ParallelOptions { MaxDegreeOfParallelism = 32, CancellationToken = Token },
            async (i, _) => statuses.Enqueue(
                (await _clients[i % 4].TransferAsync((i % Accounts) + 1, ((i + 1) % Accounts) + 1, 1)).Status));
        return statuses.CountBy(static status => status).ToDictionary();
    }

    private async Task AssertSumsAsync(int transfers)
    {
        BankClient.Totals? totals = null;
        await UntilAsync(
            async () =>
            {
                totals = (await _clients[0].GetAsync("/totals")).Status == 200 ? await _clients[0].TotalsAsync() : null;
                return totals is not null;
            },
            static () => Task.FromResult("The totals never came."));
        Assert.Equal(new BankClient.Totals(Accounts, Accounts * 1_000, transfers), totals);
    }
}
