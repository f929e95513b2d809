using System.Net;
using System.Net.Sockets;
using Millpond.Overload.CommandLine;

namespace Millpond.Overload.Database;

/// <summary>Picks ports below the range from which systems take those of outgoing connections.</summary>
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
                // taken: try another
            }
        }

        throw new BenchFailure("No free port on 127.0.0.1 between 15000 and 30000 in 100 attempts.");
    }
}
