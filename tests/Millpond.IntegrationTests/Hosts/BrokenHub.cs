using Microsoft.AspNetCore.SignalR;

namespace Millpond.IntegrationTests.Hosts;

/// <summary>A hub with a method whose options cannot be.</summary>
public sealed class BrokenHub(DbSession session) : Hub
{
    [Session(Retries = 1000)]
    public Task AskAsync() => session.BeginTransactionAsync();
}
