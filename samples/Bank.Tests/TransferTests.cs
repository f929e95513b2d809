using System.Net;
using System.Net.Http.Json;
using Microsoft.AspNetCore.Mvc.Testing;
using Millpond;
using Xunit;

namespace Bank.Tests;

public sealed class TransferTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_transfer_moves_money()
    {
        var db = await TestBank.Databases.AcquireForTestAsync();
        using var client = TestBank.Factory.CreateClient(db);
        await OpenAccountsAsync(client);

        using var made = await TransferAsync(client, 30, Token);

        Assert.Equal(HttpStatusCode.Created, made.StatusCode);
        Assert.Equal(70, await BalanceAsync(client, 1));
        Assert.Equal(30, await BalanceAsync(client, 2));
        Assert.Equal(1, await db.CountAsync("transfers", Token));
    }

    [Fact]
    public async Task A_transfer_with_insufficient_funds_persists_nothing()
    {
        var db = await TestBank.Databases.AcquireForTestAsync();
        using var client = TestBank.Factory.CreateClient(db);
        await OpenAccountsAsync(client);

        await DatabaseExpect.NothingPersistedAsync(db, async () =>
        {
            using var refused = await TransferAsync(client, 101, Token);
            Assert.Equal(HttpStatusCode.Conflict, refused.StatusCode);
        }, Token);
    }

    [Fact]
    public async Task No_fault_leaves_half_of_a_transfer()
    {
        var db = await TestBank.Databases.AcquireForTestAsync();
        using var client = TestBank.Factory.CreateClient(db);

        await db.SweepAsync(
            act: async token =>
            {
                using var made = await TransferAsync(client, 30, token);
                made.EnsureSuccessStatusCode();
            },
            arrange: () => OpenAccountsAsync(client),
            cancellationToken: Token);
    }

    [Fact]
    public async Task A_transfer_is_committed_before_its_response_is_sent()
    {
        var db = await TestBank.Databases.AcquireForTestAsync();
        using var client = TestBank.Factory.CreateClient(db);
        await OpenAccountsAsync(client);
        using var transfer = new HttpRequestMessage(HttpMethod.Post, "/transfers");
        transfer.Content = JsonContent.Create(new { from = 1, to = 2, amount = 30 });

        await DatabaseExpect.NoByteBeforeCommitAsync(db, client, transfer, Token);
    }

    private static async Task OpenAccountsAsync(HttpClient client)
    {
        foreach (var (owner, balance) in new[] { ("ada", 100), ("bob", 0) })
        {
            using var opened = await client.PostAsJsonAsync("/accounts", new { owner, balance }, Token);
            opened.EnsureSuccessStatusCode();
        }
    }

    private static Task<HttpResponseMessage> TransferAsync(HttpClient client, long amount, CancellationToken token) =>
        client.PostAsJsonAsync("/transfers", new { from = 1, to = 2, amount }, token);

    private static async Task<long> BalanceAsync(HttpClient client, long id) =>
        (await client.GetFromJsonAsync<Balances>($"/accounts/{id}", Token))!.Balance;

    private sealed record Balances(long Balance);
}
