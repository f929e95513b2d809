using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Millpond.Testing.Servers;

namespace Millpond.IntegrationTests.Servers;

/// <summary>
/// Stands in for a server of a test's own where the machine has no PostgreSQL programs (Windows): a port that leads to the server
/// that was named, until it is disposed. That cuts every connection, without a message from the server; it can be started again.
/// </summary>
internal sealed class ServerFront(string host, int port) : IDisposable
{
    private readonly ConcurrentDictionary<TcpClient, byte> _open = new();
    private TcpListener? _listener;

    public int Port { get; } = FreePort.Find();

    public void Start()
    {
        if (_listener is null)
        {
            _listener = new TcpListener(IPAddress.Loopback, Port);
            _listener.Start();
            _ = AcceptAsync(_listener);
        }
    }

    public void Dispose()
    {
        _listener?.Dispose();
        _listener = null;
        foreach (var client in _open.Keys)
        {
            client.Dispose();
        }
    }

    private async Task AcceptAsync(TcpListener listener)
    {
        while (true)
        {
            try
            {
                _ = ForwardAsync(await listener.AcceptTcpClientAsync(), listener);
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                return;   // stopped
            }
        }
    }

    private async Task ForwardAsync(TcpClient client, TcpListener listener)
    {
        using var near = client;
        using var far = new TcpClient();
        near.LingerState = new LingerOption(enable: true, seconds: 0);
        _open[near] = 0;
        try
        {
            if (listener == _listener)   // else it was accepted while the front was being stopped
            {
                await far.ConnectAsync(host, port);
                near.NoDelay = far.NoDelay = true;
                await Task.WhenAny(near.GetStream().CopyToAsync(far.GetStream()), far.GetStream().CopyToAsync(near.GetStream()));
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or InvalidOperationException)
        {
            // either side is gone: so is the other
        }
        finally
        {
            _open.TryRemove(near, out _);
        }
    }
}
