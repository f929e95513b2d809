using Microsoft.AspNetCore.SignalR;
using Millpond;

namespace Ledger;

public sealed class LedgerHub(DbSession session) : Hub
{
    public Task AddAsync(string text) => session.ExecuteAsync($"insert into entries (text) values ({text})");
}
