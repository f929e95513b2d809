using System.Net.Sockets;

namespace Millpond.Testing.Faults;

/// <summary>A connection through the proxy: two sockets, and the messages between them.</summary>
internal sealed class ProxiedConnection : IDisposable
{
    private const char Sync = 'S';

    private readonly FaultProxy _proxy;
    private readonly Socket _client;
    private readonly Socket _server = new(SocketType.Stream, ProtocolType.Tcp);
    private readonly WireReader _fromClient;
    private readonly WireReader _fromServer;
    private readonly RoundTripCounter _trips = new();
    private volatile bool _serverHearsNothing;
    private volatile bool _clientHearsNothing;
    private volatile bool _isBlackHole;
    private int _sentByClient;
    private int _sentByServer;
    private volatile FaultPoint? _whenAnswered;
    private bool _dropsToSync;
    private bool _isBegun;
    private string _statement = "";

    public ProxiedConnection(FaultProxy proxy, int number, Socket client)
    {
        _proxy = proxy;
        Number = number;
        _client = client;
        _fromClient = new WireReader(client, WireSide.Client);
        _fromServer = new WireReader(_server, WireSide.Server);
    }

    public int Number { get; }

    /// <summary>Gets whether it dropped bytes without either side noticing, so it cannot recover.</summary>
    public bool IsBlackHole => _isBlackHole;

    /// <summary>Forwards messages until both sides are closed. Never throws.</summary>
    public async Task RunAsync(string host, int port, CancellationToken end)
    {
        try
        {
            if (_isBlackHole)   // from the first byte on: the server never sees the connection
            {
                await PumpAsync(_fromClient, WireSide.Client, end).ConfigureAwait(false);
            }
            else
            {
                await _server.ConnectAsync(host, port, end).ConfigureAwait(false);
                _client.NoDelay = _server.NoDelay = true;
                await Task.WhenAll(
                    PumpAsync(_fromClient, WireSide.Client, end), PumpAsync(_fromServer, WireSide.Server, end))
                    .ConfigureAwait(false);
            }
        }
        catch (Exception error) when (IsEnd(error))
        {
            // The server is down, and the client sees the reset.
        }
        finally
        {
            Dispose();
        }
    }

    /// <summary>Applies a fault.</summary>
    public void Apply(FaultKind kind)
    {
        try
        {
            switch (kind)
            {
                case FaultKind.Reset:
                    Dispose();
                    break;
                case FaultKind.Close:
                    _serverHearsNothing = _clientHearsNothing = true;
                    Finish(_client);
                    Finish(_server);
                    break;
                case FaultKind.BlackHole:
                    _serverHearsNothing = _clientHearsNothing = _isBlackHole = true;
                    break;
                case FaultKind.HalfCloseToServer:
                    _serverHearsNothing = true;
                    Finish(_server);
                    break;
                case FaultKind.HalfCloseToClient:
                    _clientHearsNothing = true;
                    Finish(_client);
                    break;
                default:
                    throw new ArgumentOutOfRangeException(nameof(kind), kind, "No such fault.");
            }
        }
        catch (Exception error) when (IsEnd(error))
        {
            // It had already ended.
        }
    }

    /// <summary>Closes both sides without lingering, which is a reset for a side that is still open.</summary>
    public void Dispose()
    {
        _client.Close(0);
        _server.Close(0);
    }

    private static bool IsEnd(Exception error) =>
        error is SocketException or ObjectDisposedException or OperationCanceledException;

    private static void Finish(Socket socket)
    {
        if (socket.Connected)
        {
            socket.Shutdown(SocketShutdown.Send);
        }
    }

    private async Task PumpAsync(WireReader reader, WireSide side, CancellationToken end)
    {
        try
        {
            while (await reader.FillAsync(end).ConfigureAwait(false))
            {
                await PassAsync(reader, side, end).ConfigureAwait(false);
            }

            if (!_isBlackHole)
            {
                Finish(side == WireSide.Client ? _server : _client);
            }
        }
        catch (Exception error) when (IsEnd(error))
        {
            if (!_isBlackHole || end.IsCancellationRequested)
            {
                Dispose();   // one side ended without a close, so the other is closed too
            }
        }
    }

    /// <summary>Forwards what was read, and applies faults between messages.</summary>
    private async Task PassAsync(WireReader reader, WireSide side, CancellationToken end)
    {
        List<(ReadOnlyMemory<byte> Bytes, FaultPoint? Fault)> taken = [];
        List<WireMessage> messages = [];
        while (reader.TryTake(out var type, out var bytes))
        {
            var message = Note(type, bytes, side);
            messages.Add(message);
            _statement = StatementText.Read(message, bytes.Span) ?? _statement;
            _isBegun = StatementText.IsBegun(message, bytes.Span) ?? _isBegun;
            taken.Add((bytes, _proxy.Note(message, bytes.Span, _isBegun, _statement)));
        }

        if (side == WireSide.Client)
        {
            _proxy.CountTrips(_trips.ClientSent([.. messages], reader.IsIncomplete));
        }

        await _proxy.DelayAsync(side, end).ConfigureAwait(false);
        foreach (var (message, (read, fault)) in messages.Zip(taken))
        {
            var bytes = read;
            if (side == WireSide.Client && _dropsToSync)
            {
                _dropsToSync = message.Type != Sync;
                continue;
            }

            if (side == WireSide.Server && message.Type == WireMessage.ReadyForQuery && _whenAnswered is { } due)
            {
                _whenAnswered = null;
                Apply(due.Kind);
            }

            if (fault?.Kind is FaultKind.Error or FaultKind.Delay)
            {
                bytes = await ReplaceAsync(fault, message, bytes, end).ConfigureAwait(false);
                await SendAsync(bytes, side, end).ConfigureAwait(false);
            }
            else
            {
                await PassAsync(bytes, fault, side, end).ConfigureAwait(false);
            }

            _proxy.CountPassed();
        }
    }

    /// <summary>Forwards a message, and applies a fault before it, after it, or at its response.</summary>
    private async Task PassAsync(ReadOnlyMemory<byte> bytes, FaultPoint? fault, WireSide side, CancellationToken end)
    {
        if (fault is { WhenAnswered: true })
        {
            (_whenAnswered, _clientHearsNothing) = (fault, true);
        }
        else if (fault is { After: false })
        {
            Apply(fault.Kind);
        }
        else if (fault is { After: true })
        {
            SilenceAnswers(fault.Kind, side);
        }

        await SendAsync(bytes, side, end).ConfigureAwait(false);
        if (fault is { After: true })
        {
            Apply(fault.Kind);
        }
    }

    /// <summary>Delays a statement, or replaces it by one that raises the error.</summary>
    private async Task<ReadOnlyMemory<byte>> ReplaceAsync(
        FaultPoint fault, WireMessage message, ReadOnlyMemory<byte> bytes, CancellationToken end)
    {
        if (fault.Kind == FaultKind.Delay)
        {
            using var either = CancellationTokenSource.CreateLinkedTokenSource(end, fault.Release);
            await Task.Delay(fault.Wait, either.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            end.ThrowIfCancellationRequested();
            return bytes;
        }

        var isCommit = StatementText.BeginsWith(message, bytes.Span, "commit");
        _dropsToSync = message.Type != StatementText.Query;
        return StatementText.Raise(fault.SqlState, endsTransaction: isCommit);
    }

    /// <summary>Drops the response to a message that is still forwarded, because it can arrive before the fault is
    /// applied.</summary>
    private void SilenceAnswers(FaultKind kind, WireSide from)
    {
        if (from == WireSide.Client)
        {
            _clientHearsNothing |= kind != FaultKind.HalfCloseToServer;
        }
        else
        {
            _serverHearsNothing |= kind != FaultKind.HalfCloseToClient;
        }
    }

    private WireMessage Note(char type, ReadOnlyMemory<byte> bytes, WireSide side)
    {
        var number = side == WireSide.Client ? ++_sentByClient : ++_sentByServer;
        var message = new WireMessage(Number, side, number, type, bytes.Length);
        if (type == WireMessage.EncryptionRequest)
        {
            _fromServer.ExpectByte();
        }
        else if (type == WireMessage.EncryptionAnswer && bytes.Span[0] != (byte)'N')
        {
            _fromClient.Encrypted();
            _fromServer.Encrypted();
        }

        if (side == WireSide.Server)
        {
            _trips.ServerSent(message);
        }

        return message;
    }

    private async ValueTask SendAsync(ReadOnlyMemory<byte> bytes, WireSide from, CancellationToken end)
    {
        var to = from == WireSide.Client ? _server : _client;
        for (var left = bytes; !left.IsEmpty && !(from == WireSide.Client ? _serverHearsNothing : _clientHearsNothing);)
        {
            left = left[await to.SendAsync(left, end).ConfigureAwait(false)..];
        }
    }
}
