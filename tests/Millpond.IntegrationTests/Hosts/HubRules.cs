using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.Extensions.DependencyInjection;
using Millpond.IntegrationTests.Requests;
using Xunit;

namespace Millpond.IntegrationTests.Hosts;

/// <summary>Hub methods over a real connection: committed before the caller is told, and streams that only read.</summary>
public abstract class HubRules(RequestDatabase database) : RequestTestBase(database)
{
    private readonly UploadsHub.Stages _stages = new();

    [Fact]
    public async Task S02_A_hub_method_is_committed_before_its_caller_gets_the_result()
    {
        var (site, hub) = await ConnectAsync();

        var users = await hub.InvokeAsync<long>("AddAsync", false, Token);

        Assert.Equal((1, 1), (users, await CountAsync("users")));
        await LeaveAsync(site, hub);
    }

    [Theory]
    [InlineData("AddAsync")]
    [InlineData("AddAndListAsync")]
    public async Task S03_A_failed_commit_fails_the_invocation_with_the_reason(string method)
    {
        var (site, hub) = await ConnectAsync();

        var error = await Assert.ThrowsAsync<HubException>(async () => _ = method == "AddAsync"
            ? await hub.InvokeAsync<object>(method, true, Token)
            : await hub.StreamAsync<string>(method, true, Token).ToListAsync(Token));

        Assert.Contains("The change conflicts with the current data. [MILL6001]", error.Message, StringComparison.Ordinal);
        Assert.Equal(0, await CountAsync("posts"));
        await LeaveAsync(site, hub);
    }

    [Fact]
    public async Task S04_A_hub_method_that_throws_is_rolled_back()
    {
        var (site, hub) = await ConnectAsync();

        var error = await Assert.ThrowsAsync<HubException>(() => hub.InvokeAsync("ThrowAsync", Token));

        Assert.Contains("as the hub says it", error.Message, StringComparison.Ordinal);
        Assert.Equal(0, await CountAsync("users"));
        await LeaveAsync(site, hub);
    }

    [Fact]
    public async Task S02_Work_of_OnConnectedAsync_and_OnDisconnectedAsync_is_committed()
    {
        var (site, hub) = await ConnectAsync(path: "arrivals");
        await UntilAsync(async () => await CountAsync("users") == 1, "the arrival was there");

        await LeaveAsync(site, hub);

        await UntilAsync(async () => await CountAsync("users") == 2, "the departure was there");
    }

    [Fact]
    public async Task S04_An_upload_is_rolled_back_as_soon_as_its_client_disconnects()
    {
        var (site, hub) = await ConnectAsync(path: "uploads");
        var upload = hub.SendAsync("UploadAsync", LinesAsync(), Token);
        await _stages.Stored.Task.WaitAsync(Patience, Token);

        await LeaveAsync(site, hub);   // its method waits for what OnDisconnectedAsync writes

        await UntilAsync(async () => await CountAsync("users") == 1, "the departure was there");
        Assert.Equal(0, await Database.ScalarAsync("select count(*) from users where name = 'uploaded'"));
        await upload.ContinueWith(static _ => { }, Token, default, TaskScheduler.Default);

        static async IAsyncEnumerable<string> LinesAsync()
        {
            yield return "uploaded";
            await Task.Delay(Timeout.Infinite, Token);
        }
    }

    [Fact]
    public async Task S04_A_hub_that_rejects_a_connecting_client_is_rolled_back()
    {
        var (site, hub) = await ConnectAsync(path: "refusals");
        await UntilAsync(() => hub.State == HubConnectionState.Disconnected, "it was refused");

        await LeaveAsync(site, hub);

        Assert.Equal(0, await CountAsync("users"));
    }

    [Fact]
    public async Task S15_The_methods_attributes_apply()
    {
        var (site, hub) = await ConnectAsync();

        var error = await Assert.ThrowsAsync<HubException>(() => hub.InvokeAsync("ReadOnlyAsync", Token));

        Assert.Contains("[MILL3009]", error.Message, StringComparison.Ordinal);
        await LeaveAsync(site, hub);
    }

    [Fact]
    public async Task S09_A_streaming_hub_method_commits_before_its_stream_reads()
    {
        var (site, hub) = await ConnectAsync();

        Assert.Equal(["ada"], await hub.StreamAsync<string>("AddAndListAsync", false, Token).ToListAsync(Token));
        Assert.Equal(["ada"], await hub.StreamAsync<string>("Channel", Token).ToListAsync(Token));
        Assert.Equal(["ada"], await hub.StreamAsync<string>("Names", Token).ToListAsync(Token));

        Assert.Equal(1, await CountAsync("users"));
        await LeaveAsync(site, hub);
    }

    [Theory]
    [InlineData(HttpTransportType.WebSockets)]
    [InlineData(HttpTransportType.ServerSentEvents)]
    [InlineData(HttpTransportType.LongPolling)]
    public async Task S09_Endless_hub_streams_hold_no_connection_between_items(HttpTransportType transport)
    {
        var (site, hub) = await ConnectAsync(transport: transport);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var seen = new int[20];

        var listening = Enumerable.Range(0, seen.Length).Select(async client =>
        {
            await foreach (var _ in hub.StreamAsync<long>("EndlessAsync", end.Token))
            {
                seen[client]++;
            }
        }).ToList();
        await UntilAsync(
            () => seen.Min() >= 3 || listening.Exists(static one => one.IsCompleted), "every stream had sent 3 items");
        Assert.All(listening, static one => Assert.Null(one.Exception));
        await UntilAsync(() => site.Engine.GetSnapshot().InUse == 0, "nobody read for a moment");
        await end.CancelAsync();

        await Task.WhenAll(listening).ContinueWith(static _ => { }, Token, default, TaskScheduler.Default);
        await LeaveAsync(site, hub);
    }

    [Fact]
    public async Task S15_A_hubs_attributes_apply_to_inherited_methods()
    {
        var (site, hub) = await ConnectAsync(path: "readers");

        var error = await Assert.ThrowsAsync<HubException>(() => hub.InvokeAsync<long>("AddAsync", false, Token));

        Assert.Contains("[MILL3009]", error.Message, StringComparison.Ordinal);
        await LeaveAsync(site, hub);
    }

    [Fact]
    public async Task Invalid_options_of_a_hub_method_are_reported_with_its_name()
    {
        var (site, hub) = await ConnectAsync(path: "broken");

        await Assert.ThrowsAsync<HubException>(() => hub.InvokeAsync("AskAsync", Token));

        Assert.Contains(
            site.Log.Of(Microsoft.Extensions.Logging.LogLevel.Error),
            static line => line.Contains("BrokenHub.AskAsync: The session options are invalid: Retries is 1000", default));
        await LeaveAsync(site, hub);
    }

    [Fact]
    public async Task Calling_AddMillpond_twice_has_no_effect()
    {
        var (site, hub) = await ConnectAsync(twice: true);

        Assert.Equal(1, await hub.InvokeAsync<long>("AddAsync", false, Token));

        Assert.Equal((1, 1), (await CountAsync("users"), site.Engine.GetSnapshot().Commits));
        await LeaveAsync(site, hub);
    }

    [Fact]
    public async Task S24_A_hub_methods_attributes_apply_after_an_authorization_handler_has_read()
    {
        var (site, hub) = await ConnectAsync(path: "guarded");

        Assert.Equal(1, await hub.InvokeAsync<long>("AddAsync", Token));
        var error = await Assert.ThrowsAsync<HubException>(() => hub.InvokeAsync("ReadOnlyAsync", Token));

        Assert.Contains("[MILL3009]", error.Message, StringComparison.Ordinal);
        Assert.Equal(1, await CountAsync("users"));
        await LeaveAsync(site, hub);
    }

    [Fact]
    public async Task S24_A_write_in_a_hub_method_without_a_session_is_an_error_that_names_the_method()
    {
        var (site, hub) = await ConnectAsync(path: "guarded");

        await Assert.ThrowsAsync<HubException>(() => hub.InvokeAsync("AloneAsync", Token));

        Assert.Contains(
            site.Log.Of(Microsoft.Extensions.Logging.LogLevel.Error),
            static line => line.Contains(
                "The session of GuardedHub.AloneAsync is read-only, because it is marked WithoutSession", default));
        Assert.Equal(0, await CountAsync("users"));
        await LeaveAsync(site, hub);
    }

    private async Task<(TestSite Site, HubConnection Hub)> ConnectAsync(
        string path = "users", bool twice = false, HttpTransportType transport = HttpTransportType.WebSockets)
    {
        var site = await StartAsync(new SitePlan
        {
            Services = services =>
            {
                services.AddAuthorization(static options => options.AddPolicy(
                    GuardedHub.Policy, static policy => policy.AddRequirements(new ReadingRequirement())));
                services.AddScoped<IAuthorizationHandler, ReadingHandler>().AddSingleton(_stages);
                _ = twice ? services.AddSignalR().AddMillpond().AddMillpond() : services.AddSignalR().AddMillpond();
            },
            Map = static app =>
            {
                app.MapHub<UsersHub>("/users");
                app.MapHub<ReadersHub>("/readers");
                app.MapHub<BrokenHub>("/broken");
                app.MapHub<ArrivalsHub>("/arrivals");
                app.MapHub<RefusalsHub>("/refusals");
                app.MapHub<UploadsHub>("/uploads");
                app.MapHub<GuardedHub>("/guarded");
            },
        });
        var hub = new HubConnectionBuilder().WithUrl(new Uri(site.Address, path), transport).Build();
        await hub.StartAsync(Token);
        return (site, hub);
    }

    private static async Task LeaveAsync(TestSite site, HubConnection hub)
    {
        await hub.DisposeAsync();
        await NothingHeldAsync(site.Engine);
        Assert.DoesNotContain(
            site.Log.Of(Microsoft.Extensions.Logging.LogLevel.Error),
            static line => line.Contains("was still open", StringComparison.Ordinal));
    }
}
