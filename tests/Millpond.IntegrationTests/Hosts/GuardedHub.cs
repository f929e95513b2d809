using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.SignalR;
using Millpond.IntegrationTests.Requests;

namespace Millpond.IntegrationTests.Hosts;

/// <summary>A hub whose methods are authorized by a handler that reads with the session of the same scope.</summary>
public sealed class GuardedHub(DbSession session) : Hub
{
    /// <summary>The policy of its methods.</summary>
    public const string Policy = "reading";

    [Authorize(Policy)]
    public async Task<long> AddAsync()
    {
        await session.RunAsync(RequestTestBase.GoodInsert);
        return await session.ScalarAsync("select count(*) from users");
    }

    [Authorize(Policy)]
    [Session(Access = SessionAccess.ReadOnly)]
    public Task ReadOnlyAsync() => session.RunAsync(RequestTestBase.GoodInsert);

    [WithoutSession]
    public Task<long> AloneAsync() => session.ScalarAsync("insert into users (name) values ('ada') returning id");
}
