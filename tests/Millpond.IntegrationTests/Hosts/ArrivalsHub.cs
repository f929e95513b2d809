using Microsoft.AspNetCore.SignalR;
using Millpond.IntegrationTests.Requests;

namespace Millpond.IntegrationTests.Hosts;

/// <summary>A hub that keeps a book of who comes and goes.</summary>
public sealed class ArrivalsHub(DbSession session) : Hub
{
    public override Task OnConnectedAsync() => session.RunAsync(RequestTestBase.GoodInsert);

    public override Task OnDisconnectedAsync(Exception? exception) => session.RunAsync(RequestTestBase.GoodInsert);
}
