using System.Net;
using System.Net.Sockets;
using Millpond.Testing.Faults;

namespace Millpond;

/// <summary>A network between a driver and PostgreSQL that counts messages and fails on demand: a real port on the loopback
/// interface, in front of a real server.</summary>
/// <remarks>It reads PostgreSQL's protocol (version 3), so a fault occurs exactly before or after the n-th message of one
/// side. Encrypted messages pass, but cannot be counted or fail: connect with <c>Ssl Mode=Disable</c>. Thread-safe.</remarks>
public sealed class FaultProxy : IAsyncDisposable
{
    private readonly string _host;
    private readonly int _port;
    private readonly CancellationTokenSource _end = new();
    private readonly Lock _lock = new();
    private readonly Dictionary<ProxiedConnection, Task> _open = [];
    private readonly List<ArmedFault> _armed = [];
    private Socket _listener;
    private Task _accepting = Task.CompletedTask;
    private List<WireMessage>? _record;
    private TimeSpan _delayFromClient;
    private TimeSpan _delayFromServer;
    private bool _refuses;
    private bool _swallows;
    private int _accepted;
    private int _cancels;
    private int _trips;
    private int _passed;

    private FaultProxy(string host, int port)
    {
        _host = host;
        _port = port;
        _listener = Bind(0);
        Port = ((IPEndPoint)_listener.LocalEndPoint!).Port;
        Listen();
    }

    /// <summary>Gets the proxy's port on 127.0.0.1.</summary>
    public int Port { get; }

    /// <summary>Gets how many connections were accepted so far, including cancellation requests.</summary>
    public int Connections => Locked(() => _accepted);

    /// <summary>Gets how many of them were cancellation requests.</summary>
    public int Cancels => Locked(() => _cancels);

    /// <summary>Gets how many are open.</summary>
    public int OpenConnections => Locked(() => _open.Count);

    /// <summary>Gets how many round trips there were so far, over all connections, not counting the opening of a connection, up
    /// to the server's first ReadyForQuery.</summary>
    public int RoundTrips => Locked(() => _trips);

    /// <summary>Gets how many messages were forwarded so far, over all connections.</summary>
    public int Passed => Locked(() => _passed);

    /// <summary>Starts a proxy in front of a server.</summary>
    public static FaultProxy Start(string host, int port) => new(host, port);

    /// <summary>Starts a proxy in front of the server of a <c>postgresql://</c> URL.</summary>
    public static FaultProxy Start(string url) => new Uri(url) is { Port: var port, Host: var host }
        ? Start(host, port < 0 ? 5432 : port)
        : throw new ArgumentException("Not a URL with a host.", nameof(url));

    /// <summary>Returns a URL of the same database through the proxy.</summary>
    public string GetUrl(string url) => new UriBuilder(url) { Host = "127.0.0.1", Port = Port }.Uri.AbsoluteUri;

    /// <summary>Counts the round trips of some work.</summary>
    public async Task<int> CountRoundTripsAsync(Func<Task> work)
    {
        ArgumentNullException.ThrowIfNull(work);
        var before = RoundTrips;
        await work().ConfigureAwait(false);
        return RoundTrips - before;
    }

    /// <summary>Records every message of some work, in order.</summary>
    public async Task<IReadOnlyList<WireMessage>> RecordAsync(Func<Task> work)
    {
        ArgumentNullException.ThrowIfNull(work);
        var record = new List<WireMessage>();
        Locked(() => _record = record);
        try
        {
            await work().ConfigureAwait(false);
        }
        finally
        {
            Locked(() => _record = null);
        }

        return record;
    }

    /// <summary>Arms a fault. It occurs once, at its message, counted from now on.</summary>
    public ArmedFault Arm(FaultPoint point)
    {
        var armed = new ArmedFault(point);
        Locked(() => _armed.Add(armed));
        return armed;
    }

    /// <summary>Delays everything that is read from a side, on every connection.</summary>
    public void Delay(TimeSpan fromClient, TimeSpan fromServer) =>
        Locked(() => (_delayFromClient, _delayFromServer) = (fromClient, fromServer));

    /// <summary>Applies a fault to all open connections, but not to new ones.</summary>
    public void ApplyToAll(FaultKind kind)
    {
        foreach (var connection in Locked(() => _open.Keys.ToArray()))
        {
            connection.Apply(kind);
        }
    }

    /// <summary>Discards everything from now on, on open connections and on new ones, which are still accepted.</summary>
    public void DropEverything()
    {
        Locked(() => _swallows = true);
        ApplyToAll(FaultKind.BlackHole);
    }

    /// <summary>Refuses new connections from now on, like a port without a listener. Open ones continue.</summary>
    public async Task RefuseAsync()
    {
        Task accepting;
        lock (_lock)
        {
            if (_refuses)
            {
                return;
            }

            _refuses = true;
            accepting = _accepting;
            _listener.Dispose();
            _listener = Bind(Port);   // reserves the port without accepting connections
        }

        await accepting.ConfigureAwait(false);
    }

    /// <summary>Removes all faults: disarms them, and stops delaying and refusing.</summary>
    /// <param name="resets">Whether to reset the connections that lost bytes; otherwise they hang forever.</param>
    public void Heal(bool resets = true)
    {
        lock (_lock)
        {
            _armed.Clear();
            _swallows = false;
            (_delayFromClient, _delayFromServer) = (default, default);
            if (_refuses)
            {
                _refuses = false;
                Listen();
            }
        }

        foreach (var connection in Locked(() => _open.Keys.Where(one => resets && one.IsBlackHole).ToArray()))
        {
            connection.Apply(FaultKind.Reset);
        }
    }

    /// <summary>Closes everything and waits until it is closed.</summary>
    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync().ConfigureAwait(false);   // never disposed: it has no timer, and a second disposal comes by here
        _listener.Dispose();
        await _accepting.ConfigureAwait(false);
        await Task.WhenAll(Locked(() => _open.Values.ToArray())).ConfigureAwait(false);
    }

    /// <summary>Records a message before it is forwarded.</summary>
    /// <returns>The fault that occurs at this message, or null.</returns>
    internal FaultPoint? Note(WireMessage message, ReadOnlySpan<byte> bytes, bool isBegun, string statement)
    {
        lock (_lock)
        {
            _record?.Add(message);
            _cancels += message.Type == WireMessage.Cancel ? 1 : 0;
            ArmedFault? striking = null;
            foreach (var fault in _armed)
            {
                striking = fault.Count(message, bytes, isBegun, statement) ? fault : striking;
            }

            _armed.RemoveAll(static fault => fault.HasOccurred);
            return striking?.Point;
        }
    }

    internal void CountPassed() => Locked(() => _passed++);

    internal void CountTrips(int trips) => Locked(() => _trips += trips);

    internal Task DelayAsync(WireSide from, CancellationToken end)
    {
        var delay = Locked(() => from == WireSide.Client ? _delayFromClient : _delayFromServer);
        return delay > TimeSpan.Zero ? Task.Delay(delay, end) : Task.CompletedTask;
    }

    private static Socket Bind(int port)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
        return socket;
    }

    private void Listen()
    {
        _listener.Listen();
        _accepting = AcceptAsync(_listener);
    }

    private async Task AcceptAsync(Socket listener)
    {
        while (true)
        {
            try
            {
                Take(await listener.AcceptAsync(_end.Token).ConfigureAwait(false));
            }
            catch (Exception error) when (error is SocketException or ObjectDisposedException or OperationCanceledException)
            {
                if (error is not SocketException || _end.IsCancellationRequested || Locked(() => listener != _listener))
                {
                    return;
                }
            }
        }
    }

    private void Take(Socket client)
    {
        lock (_lock)
        {
            var connection = new ProxiedConnection(this, ++_accepted, client);
            if (_swallows)
            {
                connection.Apply(FaultKind.BlackHole);
            }

            _open[connection] = RunAsync(connection);
        }
    }

    private async Task RunAsync(ProxiedConnection connection)
    {
        await Task.Yield();   // so it is added to the open connections before it can be removed
        await connection.RunAsync(_host, _port, _end.Token).ConfigureAwait(false);
        Locked(() => _open.Remove(connection));
    }

    private T Locked<T>(Func<T> read)
    {
        lock (_lock)
        {
            return read();
        }
    }

    private void Locked(Action act)
    {
        lock (_lock)
        {
            act();
        }
    }
}
