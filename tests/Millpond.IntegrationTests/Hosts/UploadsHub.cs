using Microsoft.AspNetCore.SignalR;
using Millpond.IntegrationTests.Requests;

namespace Millpond.IntegrationTests.Hosts;

/// <summary>A hub that stores what a client uploads, and who has left.</summary>
public sealed class UploadsHub(DbSession session, UploadsHub.Stages stages) : Hub
{
    public async Task UploadAsync(IAsyncEnumerable<string> lines)
    {
        await foreach (var line in lines)
        {
            await session.RunAsync($"insert into users (name) values ('{line}')");
            stages.Stored.TrySetResult();
            await stages.Left.Task;   // the stream's end comes later than the client's
        }
    }

    public override async Task OnDisconnectedAsync(Exception? exception)
    {
        if (stages.Stored.Task.IsCompleted)
        {
            await session.RunAsync(RequestTestBase.GoodInsert);
            stages.Left.TrySetResult();
        }
    }

    public sealed class Stages
    {
        public TaskCompletionSource Stored { get; } = new();

        public TaskCompletionSource Left { get; } = new();
    }
}
