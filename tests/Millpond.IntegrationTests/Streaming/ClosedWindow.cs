using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;

namespace Millpond.IntegrationTests.Streaming;

/// <summary>A client over HTTP/2 that asks for something and lets the server send not one byte of it.</summary>
internal static class ClosedWindow
{
    private const byte Headers = 1, Settings = 4, EndOfStreamAndHeaders = 5;
    private const ushort InitialWindowSize = 4;

    public static async Task<Socket> GetAsync(Uri address, string path, CancellationToken token)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(address.Host, address.Port, token);
        var settings = new byte[6];
        BinaryPrimitives.WriteUInt16BigEndian(settings, InitialWindowSize);   // and its value, zero
        byte[] request =
        [
            0x82,                          // :method GET
            0x86,                          // :scheme http
            0x01, .. Text(address.Authority),
            0x04, .. Text(path),
        ];
        await socket.SendAsync(
            (byte[])
            [
                .. "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8,
                .. Frame(Settings, 0, 0, settings),
                .. Frame(Headers, EndOfStreamAndHeaders, 1, request),
            ],
            token);
        return socket;
    }

    private static byte[] Text(string text) => [(byte)text.Length, .. Encoding.ASCII.GetBytes(text)];

    private static byte[] Frame(byte type, byte flags, byte stream, byte[] payload) =>
        [0, 0, (byte)payload.Length, type, flags, 0, 0, 0, stream, .. payload];
}
