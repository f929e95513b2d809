using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Millpond.IntegrationTests.Load;

namespace Millpond.IntegrationTests.Bank;

/// <summary>A server that speaks as the bank does, keeps accounts, and has no books.</summary>
internal sealed class LyingBank : IAsyncDisposable
{
    private readonly ConcurrentDictionary<long, string> _accounts = new();
    private LoadSite _site = null!;
    private int _last;
    private int _left = int.MaxValue;

    public string Address => _site.Address;

    /// <summary>Serves; what is not given is answered as a bank does that forgets its transfers.</summary>
    public static async Task<LyingBank> StartAsync(
        Func<HttpContext, Task>? transfers = null,
        Func<HttpContext, long, Task>? transfer = null,
        long balance = 100_000,
        bool sameId = false)
    {
        var bank = new LyingBank();
        bank._site = await LoadSite.StartAsync((context, number) =>
            (context.Request.Method, context.Request.Path.Value) switch
            {
                ("GET", "/accounts") => bank.ListAsync(context, balance),
                ("POST", "/accounts") => bank.OpenAsync(context, balance, sameId),
                ("GET", "/transfers") => transfers is null ? HostileBankTests.AnswerAsync(context, "[]") : transfers(context),
                ("POST", "/transfers") => bank.TransferAsync(context, number, transfer),
                _ => HostileBankTests.AnswerAsync(context, HostileBankTests.Totals),
            });
        return bank;
    }

    /// <summary>After so many transfers from now on every connection is cut.</summary>
    public void DiesAfter(int transfers) => _left = transfers;

    public ValueTask DisposeAsync() => _site.DisposeAsync();

    private Task ListAsync(HttpContext context, long balance)
    {
        if (_left <= 0)
        {
            context.Abort();
            return Task.CompletedTask;
        }

        var after = long.Parse(context.Request.Query["after"]!, System.Globalization.CultureInfo.InvariantCulture);
        var list = _accounts.Where(account => account.Key > after).OrderBy(account => account.Key)
            .Select(account => new { id = account.Key, owner = account.Value, balance });
        return HostileBankTests.AnswerAsync(context, JsonSerializer.Serialize(list));
    }

    private async Task OpenAsync(HttpContext context, long balance, bool sameId)
    {
        var asked = await JsonSerializer.DeserializeAsync<JsonElement>(context.Request.Body);
        var id = sameId ? 1 : Interlocked.Increment(ref _last);
        var owner = asked.GetProperty("owner").GetString()!;
        _accounts[id] = owner;
        await HostileBankTests.AnswerAsync(
            context, JsonSerializer.Serialize(new { id, owner, balance }), StatusCodes.Status201Created);
    }

    private async Task TransferAsync(HttpContext context, long number, Func<HttpContext, long, Task>? transfer)
    {
        if (Interlocked.Decrement(ref _left) < 0)
        {
            context.Abort();
        }
        else if (transfer is not null)
        {
            await transfer(context, number);
        }
        else
        {
            var asked = await JsonSerializer.DeserializeAsync<Dictionary<string, long>>(context.Request.Body);
            asked!["id"] = number;
            await HostileBankTests.AnswerAsync(context, JsonSerializer.Serialize(asked), StatusCodes.Status201Created);
        }
    }
}
