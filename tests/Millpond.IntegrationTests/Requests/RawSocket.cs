using System.Net.Sockets;
using System.Text;

namespace Millpond.IntegrationTests.Requests;

/// <summary>A client that sends a request as text and sees the answer as it comes over the wire.</summary>
internal sealed class RawSocket : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };

    private RawSocket()
    {
    }

    /// <summary>Gets how many bytes have arrived and were not read.</summary>
    public int Available => _socket.Available;

    public static async Task<RawSocket> SendAsync(
        Uri address, string method, string path, CancellationToken token, int? receiveBuffer = null, string headers = "")
    {
        var raw = new RawSocket();
        if (receiveBuffer is { } size)
        {
            raw._socket.ReceiveBufferSize = size;
        }

        await raw._socket.ConnectAsync(address.Host, address.Port, token);
        var length = method == "POST" ? "Content-Length: 0\r\n" : "";
        var text = $"{method} {path} HTTP/1.1\r\nHost: {address.Authority}\r\nConnection: close\r\n{length}{headers}\r\n";
        await raw._socket.SendAsync(Encoding.ASCII.GetBytes(text), token);
        return raw;
    }

    /// <summary>Reads what there is, at least one byte; empty at the end.</summary>
    public async Task<string> ReadSomeAsync(CancellationToken token)
    {
        var buffer = new byte[16 * 1024];
        var count = await _socket.ReceiveAsync(buffer, token);
        return Encoding.UTF8.GetString(buffer, 0, count);
    }

    public async Task<string> ReadToEndAsync(CancellationToken token)
    {
        var all = new StringBuilder();
        while (await ReadSomeAsync(token) is { Length: > 0 } some)
        {
            all.Append(some);
        }

        return all.ToString();
    }

    /// <summary>Hangs up hard, as a client that vanishes does.</summary>
    public void HangUp()
    {
        _socket.LingerState = new LingerOption(true, 0);
        _socket.Dispose();
    }

    public void Dispose() => _socket.Dispose();
}
