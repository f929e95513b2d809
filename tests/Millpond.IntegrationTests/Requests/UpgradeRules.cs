using System.Data.Common;
using System.Net;
using System.Net.WebSockets;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Xunit;

namespace Millpond.IntegrationTests.Requests;

/// <summary>Requests that turn into two-way connections, over HTTP/1.1 (Upgrade) and HTTP/2 (extended CONNECT).</summary>
public abstract class UpgradeRules(RequestDatabase database) : RequestTestBase(database)
{
    [Theory]
    [InlineData(true, HttpProtocols.Http1)]
    [InlineData(false, HttpProtocols.Http1)]
    [InlineData(true, HttpProtocols.Http2)]
    [InlineData(false, HttpProtocols.Http2)]
    public async Task The_session_of_a_request_ends_when_it_becomes_a_WebSocket(bool outside, HttpProtocols protocols)
    {
        SessionEndedException? error = null;
        var site = await StartAsync(new SitePlan
        {
            Protocols = protocols,
            Outside = app => _ = outside ? app.UseWebSockets() : app,
            Map = app =>
            {
                _ = outside ? app : app.UseWebSockets();
                app.Map("/socket", async (HttpContext context, DbSession session, CancellationToken token) =>
                {
                    await session.RunAsync(GoodInsert, token);
                    using var socket = await context.WebSockets.AcceptWebSocketAsync();
                    error = await Assert.ThrowsAsync<SessionEndedException>(() => session.RunAsync(GoodInsert, token));
                    await socket.SendAsync("hello"u8.ToArray(), WebSocketMessageType.Text, true, token);
                    await socket.ReceiveAsync(new byte[1], token);
                });
            },
        });
        using var client = await ConnectAsync(site, protocols);
        var buffer = new byte[16];

        var received = await client.ReceiveAsync(buffer, Token);

        Assert.Equal("hello", Encoding.UTF8.GetString(buffer, 0, received.Count));
        Assert.Equal("the connection was upgraded", error?.Reason);
        Assert.Equal((1, 0), (await CountAsync("users"), site.Engine.GetSnapshot().InUse));
        await client.SendAsync(new byte[1], WebSocketMessageType.Binary, true, Token);
    }

    [Theory]
    [InlineData(HttpProtocols.Http1)]
    [InlineData(HttpProtocols.Http2)]
    public async Task S03_A_failed_commit_at_an_upgrade_returns_an_error_instead(HttpProtocols protocols)
    {
        var site = await StartAsync(new SitePlan
        {
            Protocols = protocols,
            Map = static app =>
            {
                app.UseWebSockets();
                app.Map("/socket", static async (HttpContext context, DbSession session) =>
                {
                    await session.RunAsync(FailingInsert);
                    using var socket = await context.WebSockets.AcceptWebSocketAsync();
                });
            },
        });
        await Assert.ThrowsAsync<WebSocketException>(() => ConnectAsync(site, protocols));

        Assert.IsType<DbException>(Assert.Single(site.Errors), exactMatch: false);
    }

    private static async Task<ClientWebSocket> ConnectAsync(TestSite site, HttpProtocols protocols)
    {
        var client = new ClientWebSocket();
        client.Options.HttpVersion = protocols == HttpProtocols.Http2 ? HttpVersion.Version20 : HttpVersion.Version11;
        client.Options.HttpVersionPolicy = HttpVersionPolicy.RequestVersionExact;
        using var invoker = new HttpMessageInvoker(new SocketsHttpHandler { UseProxy = false }, disposeHandler: false);
        await client.ConnectAsync(new UriBuilder(site.Address) { Scheme = "ws", Path = "/socket" }.Uri, invoker, Token);
        return client;
    }
}
