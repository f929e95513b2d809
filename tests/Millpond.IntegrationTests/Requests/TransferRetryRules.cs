using System.Data;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Xunit;

namespace Millpond.IntegrationTests.Requests;

/// <summary>Many requests that are in each other's way all the time, as a client sees them (S17).</summary>
/// <remarks>PostgreSQL: serializable transactions between few rows. SQLite: readers that then write.</remarks>
public abstract class TransferRetryRules(RequestDatabase database) : RequestTestBase(database)
{
    private const int Clients = 8;
    private const int TransfersEach = 500;
    private const int Accounts = 5;
    private const int Retries = 20;

    [Fact]
    public async Task S17_Eight_clients_with_500_conflicting_transfers_each_see_no_conflict_and_no_duplicate()
    {
        await Database.ExecuteAsync("create table accounts (id integer primary key, balance integer not null)");
        await Database.ExecuteAsync("create table ledger (client integer not null, number integer not null)");
        for (var id = 0; id < Accounts; id++)
        {
            await Database.ExecuteAsync($"insert into accounts (id, balance) values ({id}, 1000)");
        }

        var site = await StartAsync(static app => app.MapGet("/{client}/{number}/{from}/{to}", TransferAsync)
            .WithSession(static options => (options.Isolation, options.Retries) = (IsolationLevel.Serializable, Retries)));
        var watch = Stopwatch.StartNew();

        var answers = await Task.WhenAll(Enumerable.Range(0, Clients).Select(client => RunClientAsync(site, client)));

        var numbers = site.Engine.GetSnapshot();
        TestContext.Current.SendDiagnosticMessage(string.Create(
            CultureInfo.InvariantCulture,
            $"{Clients * TransfersEach} transfers in {watch.Elapsed.TotalSeconds:0.0} s, {numbers.Retries} tries again"));
        Assert.All(answers.SelectMany(static each => each), static status => Assert.Equal(HttpStatusCode.OK, status));
        Assert.Equal(Accounts * 1000, await Database.ScalarAsync("select sum(balance) from accounts"));
        Assert.Equal(Clients * TransfersEach, await CountAsync("ledger"));
        Assert.Equal(0, await CountAsync("(select 1 from ledger group by client, number having count(*) > 1) as twice"));
        Assert.True(numbers.Retries > 0, "There was no conflict at all.");
    }

    /// <summary>Reads both balances and writes what it computed: a lost update would show in the sum.</summary>
    private static async Task TransferAsync(int client, int number, int from, int to, DbSession session, CancellationToken token)
    {
        var balances = await session.QueryAsync<long>(
            $"select balance from accounts where id in ({from}, {to}) order by id", token);
        var (source, target) = from < to ? (balances[0], balances[1]) : (balances[1], balances[0]);
        await session.RunAsync(
            $"""
            update accounts set balance = {source - 1} where id = {from};
            update accounts set balance = {target + 1} where id = {to};
            insert into ledger (client, number) values ({client}, {number});
            """,
            token);
    }

    private static async Task<List<HttpStatusCode>> RunClientAsync(TestSite site, int client)
    {
        var random = new Random(client);
        List<HttpStatusCode> answers = [];
        for (var number = 0; number < TransfersEach; number++)
        {
            var from = random.Next(Accounts);
            var to = (from + 1 + random.Next(Accounts - 1)) % Accounts;
            using var answer = await site.Client.GetAsync($"/{client}/{number}/{from}/{to}", Token);
            answers.Add(answer.StatusCode);
        }

        return answers;
    }
}
