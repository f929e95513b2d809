using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Millpond.IntegrationTests.Servers;

/// <summary>A port that leads to a server and refuses start-up options, in the words of Amazon's RDS Proxy.</summary>
internal sealed class OptionlessFront : IDisposable
{
    private const string Refusal =
        "SFATAL\0VFATAL\0C0A000\0Mfeature not supported: RDS Proxy currently doesn\u2019t support command-line options.\0\0";

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();
    private readonly string _host;
    private readonly int _port;
    private int _refused;

    public OptionlessFront(string host, int port)
    {
        (_host, _port) = (host, port);
        _listener.Start();
        Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        _ = AcceptAsync();
    }

    public int Port { get; }

    public int Refused => Volatile.Read(ref _refused);

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
            var first = new byte[4096];
            var read = await near.GetStream().ReadAsync(first, end);
            if (first.AsSpan(0, read).IndexOf("\0options\0"u8) >= 0)
            {
                Interlocked.Increment(ref _refused);
                var text = Encoding.UTF8.GetBytes(Refusal);
                byte[] answer = [(byte)'E', 0, 0, 0, (byte)(text.Length + 4), .. text];
                await near.GetStream().WriteAsync(answer, end);
                return;
            }

            await far.ConnectAsync(_host, _port, end);
            await far.GetStream().WriteAsync(first.AsMemory(0, read), end);
            await Task.WhenAny(
                near.GetStream().CopyToAsync(far.GetStream(), end), far.GetStream().CopyToAsync(near.GetStream(), end));
        }
        catch (Exception e) when (e is SocketException or IOException or ObjectDisposedException or OperationCanceledException)
        {
            // either side is gone: so is the other
        }
    }
}
