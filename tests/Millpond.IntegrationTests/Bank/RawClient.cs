using System.Net.Sockets;
using System.Text;

namespace Millpond.IntegrationTests.Bank;

/// <summary>Writes a request byte by byte, for what a well-behaved client cannot send or would not show.</summary>
internal sealed class RawClient : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

    /// <summary>Gets how many bytes have come that nobody has read.</summary>
    public int Unread => _socket.Available;

    public static async Task<RawClient> ConnectAsync(Uri address, int? receiveBuffer = null)
    {
        var client = new RawClient();
        client._socket.ReceiveBufferSize = receiveBuffer ?? client._socket.ReceiveBufferSize;
        await client._socket.ConnectAsync(address.Host, address.Port);
        return client;
    }

    /// <summary>Sends a request and reads the whole answer.</summary>
    public static async Task<string> AskAsync(Uri address, string request)
    {
        using var client = await ConnectAsync(address);
        await client.SendAsync(request);
        return await client.ReadToEndAsync();
    }

    public async Task SendAsync(string text)
    {
        for (var rest = new ReadOnlyMemory<byte>(Encoding.Latin1.GetBytes(text)); rest.Length > 0;)
        {
            rest = rest[await _socket.SendAsync(rest)..];
        }
    }

    /// <summary>Reads what has come, waiting for it if need be; null at the end of the connection.</summary>
    public async Task<string?> ReadAsync()
    {
        var buffer = new byte[16 * 1024];
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(40));
        try
        {
            var count = await _socket.ReceiveAsync(buffer.AsMemory(), patience.Token);
            return count == 0 ? null : Encoding.Latin1.GetString(buffer, 0, count);
        }
        catch (SocketException)
        {
            return null;   // cut
        }
    }

    public async Task<string> ReadToEndAsync()
    {
        var text = new StringBuilder();
        while (await ReadAsync() is { } part)
        {
            text.Append(part);
        }

        return text.ToString();
    }

    public void Dispose() => _socket.Dispose();
}
