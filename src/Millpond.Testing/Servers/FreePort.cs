using System.Net;
using System.Net.Sockets;

namespace Millpond.Testing.Servers;

/// <summary>Finds ports below the range of outgoing connections, so that a stopped server can use its port again.</summary>
internal static class FreePort
{
    public static int Find()
    {
        for (var attempt = 0; attempt < 100; attempt++)
        {
            var port = Random.Shared.Next(15_000, 30_000);
            using var probe = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                probe.Bind(new IPEndPoint(IPAddress.Loopback, port));
                return port;
            }
            catch (SocketException)
            {
                // in use: the next one is tried
            }
        }

        throw new InvalidOperationException("No free port on 127.0.0.1 between 15000 and 30000 in 100 attempts.");
    }
}
