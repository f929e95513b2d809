using System.Net;
using System.Net.Sockets;

namespace Millpond.Compare.Measures;

/// <summary>A relay between a service and its database that counts round trips: how often the service sends after the database
/// has sent.</summary>
internal sealed class RoundTripRelay : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();
    private readonly int _port;
    private readonly TimeSpan _distance;
    private long _trips;

    /// <param name="databasePort">The database's port.</param>
    /// <param name="distance">How long each answer of the database is held back.</param>
    public RoundTripRelay(int databasePort, TimeSpan distance = default)
    {
        (_port, _distance) = (databasePort, distance);
        _listener.Start();
        _ = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Replaces the database's port in a service's settings by this relay's.</summary>
    public Dictionary<string, string> Redirect(IReadOnlyDictionary<string, string> settings) => settings.ToDictionary(
        static one => one.Key,
        one => one.Value
            .Replace($":{_port}/", $":{Port}/", StringComparison.Ordinal)
            .Replace($"Port={_port}", $"Port={Port}", StringComparison.Ordinal));

    public long Trips => Interlocked.Read(ref _trips);

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _listener.Stop();
        _end.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync(_end.Token);
                _ = RelayAsync(client);
            }
        }
        catch (Exception error) when (error is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The run has ended.
        }
    }

    private async Task RelayAsync(TcpClient client)
    {
        using var database = new TcpClient { NoDelay = true };
        using (client)
        {
            try
            {
                client.NoDelay = true;
                await database.ConnectAsync(IPAddress.Loopback, _port, _end.Token);
                var direction = new Direction();
                await Task.WhenAny(
                    CopyAsync(client.GetStream(), database.GetStream(), direction, toDatabase: true),
                    CopyAsync(database.GetStream(), client.GetStream(), direction, toDatabase: false));
            }
            catch (Exception error) when (error is OperationCanceledException or SocketException or IOException)
            {
                // One side has disconnected.
            }
        }
    }

    private async Task CopyAsync(NetworkStream from, NetworkStream to, Direction direction, bool toDatabase)
    {
        var buffer = new byte[64 * 1024];
        for (int read; (read = await from.ReadAsync(buffer, _end.Token)) > 0;)
        {
            if (Interlocked.Exchange(ref direction.IsToDatabase, toDatabase ? 1 : 0) == 0 && toDatabase)
            {
                Interlocked.Increment(ref _trips);
            }

            if (!toDatabase && _distance > TimeSpan.Zero)
            {
                await Task.Delay(_distance, _end.Token);
            }

            await to.WriteAsync(buffer.AsMemory(0, read), _end.Token);
        }
    }

    private sealed class Direction
    {
        public int IsToDatabase;
    }
}
