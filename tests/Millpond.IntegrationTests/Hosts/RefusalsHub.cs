using Microsoft.AspNetCore.SignalR;
using Millpond.IntegrationTests.Requests;

namespace Millpond.IntegrationTests.Hosts;

/// <summary>A hub that lets nobody in.</summary>
public sealed class RefusalsHub(DbSession session) : Hub
{
    public override async Task OnConnectedAsync()
    {
        await session.RunAsync(RequestTestBase.GoodInsert);
        throw new HubException("not you");
    }
}
