using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Millpond.IntegrationTests.Servers;

/// <summary>A port that leads to a server until a text comes by that it waits for: then it cuts or stalls that
/// connection.</summary>
internal sealed class TrappedFront : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();
    private readonly string _host;
    private readonly int _port;
    private readonly byte[] _text;
    private readonly bool _stalls;
    private int _sprung;

    public TrappedFront(string host, int port, string text, bool stalls)
    {
        (_host, _port, _text, _stalls) = (host, port, Encoding.UTF8.GetBytes(text), stalls);
        _listener.Start();
        Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        _ = AcceptAsync();
    }

    public int Port { get; }

    /// <summary>Gets how often the text came by.</summary>
    public int Sprung => Volatile.Read(ref _sprung);

    public void Dispose()
    {
        _end.Cancel();
        _listener.Dispose();
        _end.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _ = ForwardAsync(await _listener.AcceptTcpClientAsync(_end.Token), _end.Token);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // over
        }
    }

    private async Task ForwardAsync(TcpClient client, CancellationToken end)
    {
        using var near = client;
        using var far = new TcpClient();
        try
        {
            await far.ConnectAsync(_host, _port, end);
            near.NoDelay = far.NoDelay = true;
            await Task.WhenAny(WatchAsync(near, far, end), far.GetStream().CopyToAsync(near.GetStream(), end));
        }
        catch (Exception e) when (e is SocketException or IOException or ObjectDisposedException or OperationCanceledException)
        {
            // either side is gone: so is the other
        }
    }

    private async Task WatchAsync(TcpClient near, TcpClient far, CancellationToken end)
    {
        var buffer = new byte[65_536];
        var stalled = false;
        while (await near.GetStream().ReadAsync(buffer, end) is var read and > 0)
        {
            if (stalled)
            {
                continue;   // until the client gives up
            }

            if (buffer.AsSpan(0, read).IndexOf(_text) >= 0)
            {
                Interlocked.Increment(ref _sprung);
                stalled = true;
                if (!_stalls)
                {
                    return;
                }

                continue;
            }

            await far.GetStream().WriteAsync(buffer.AsMemory(0, read), end);
        }
    }
}
