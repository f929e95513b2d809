using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Microsoft.AspNetCore.SignalR;
using Millpond.IntegrationTests.Requests;
using Millpond.IntegrationTests.Streaming;

namespace Millpond.IntegrationTests.Hosts;

/// <summary>A hub as its users write it: with a session, and no word about transactions.</summary>
public class UsersHub(DbSession session) : Hub
{
    public async Task<long> AddAsync(bool fail)
    {
        await ResponseShapes.WorkAsync(session, fail);
        return await session.ScalarAsync("select count(*) from users");
    }

    public async Task ThrowAsync()
    {
        await session.RunAsync(RequestTestBase.GoodInsert);
        throw new HubException("as the hub says it");
    }

    [Session(Access = SessionAccess.ReadOnly)]
    public Task ReadOnlyAsync() => session.RunAsync(RequestTestBase.GoodInsert);

    public async Task<IAsyncEnumerable<string>> AddAndListAsync(bool fail, CancellationToken token)
    {
        await ResponseShapes.WorkAsync(session, fail);
        return StreamShapes.RowsAsync(session, token);
    }

    public async IAsyncEnumerable<long> EndlessAsync([EnumeratorCancellation] CancellationToken token)
    {
        while (true)
        {
            yield return await session.ScalarAsync("select count(*) from users", token);
            await Task.Delay(200, token);
        }
    }

    public ChannelReader<string> Channel(CancellationToken token)
    {
        var channel = System.Threading.Channels.Channel.CreateUnbounded<string>();
        _ = FillAsync(channel.Writer, token);
        return channel.Reader;
    }

    /// <summary>Declares a class of its own, which only implements what makes it a stream.</summary>
    public NameList Names(CancellationToken token) => new(StreamShapes.RowsAsync(session, token));

    private async Task FillAsync(ChannelWriter<string> writer, CancellationToken token)
    {
        await Task.Delay(50, token);   // the method has returned by then
        await foreach (var name in StreamShapes.RowsAsync(session, token))
        {
            await writer.WriteAsync(name, token);
        }

        writer.Complete();
    }
}
