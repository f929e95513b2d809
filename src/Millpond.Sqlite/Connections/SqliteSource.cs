using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using Millpond.Providers;
using Millpond.Sqlite.Configuration;
using DriverConnection = Microsoft.Data.Sqlite.SqliteConnection;

namespace Millpond.Sqlite.Connections;

/// <summary>The connections to a SQLite database. Each has its own thread.</summary>
internal sealed class SqliteSource : ConnectionSource
{
    private readonly SqliteFile _file;
    private readonly SqliteOpening _opening;
    private readonly IdleLanes _idle;
    private readonly ILogger _logger;
    private readonly string _engineName;
    private readonly CancellationTokenSource _end = new();
    private readonly Lock _adding = new();
    private volatile bool _wasThere;
    private volatile Action<DbConnection>[] _functions = [];

    // One at a time: the first one converts the file to a write-ahead log, which needs exclusive access.
    private readonly SemaphoreSlim _openLock = new(1);

    public SqliteSource(SqliteFile file, SourceSettings settings)
    {
        _file = file;
        _engineName = settings.EngineName;
        _opening = new SqliteOpening(file, settings);
        _idle = new IdleLanes(settings.PoolSize, settings.Time, CloseInBackground);
        if (file.Settings.OnOpen is { } open)
        {
            _functions = [connection => open((DriverConnection)connection)];
        }

        _logger = settings.LoggerFactory.CreateLogger("Millpond.Sqlite");
        if (file.Settings.Synchronous < SqliteSynchronous.Full && !file.IsMemory)
        {
            SqliteLog.LessDurable(_logger, _engineName, LanePragmas.NameOf(file.Settings.Synchronous));
        }
    }

    public override DatabaseDialect Dialect => SqliteDialect.Instance;

    public override DbProviderFactory Factory => SqliteFactory.Instance;

    public override DbParameter CopyParameter(DbParameter parameter)
    {
        var original = (SqliteParameter)parameter;
        var copy = new SqliteParameter(original.ParameterName, original.Value);
        if (original.Value is not (null or DBNull))
        {
            copy.SqliteType = original.SqliteType;
        }

        if (original.Size > 0)
        {
            copy.Size = original.Size;
        }

        return copy;
    }

    public override string PublicConnectionString => _file.PublicConnectionString;

    public override string Server => _file.Name;

    /// <summary>Gets SQLite's name of the database, as the driver does.</summary>
    public override string Database => "main";

    public override bool HasSingleWriter => true;

    public override int LimitPermits(int wanted) => _file.IsMemory ? 1 : wanted;

    public override bool TryRent([NotNullWhen(true)] out ProviderConnection? connection)
    {
        connection = null;
        while (!_end.IsCancellationRequested && _idle.TryTake() is { } idle)
        {
            if (idle.IsCurrent && idle.Functions == _functions.Length)
            {
                connection = idle;
                return true;
            }

            if (idle.IsCurrent && _idle.TryPut(idle))
            {
                return false;   // it lacks functions, which must be added on its thread
            }

            CloseInBackground(idle);
        }

        return false;
    }

    public override ValueTask<ProviderConnection> RentAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        ObjectDisposedException.ThrowIf(_end.IsCancellationRequested, this);
        while (_idle.TryTake() is { } idle)
        {
            if (idle.IsCurrent)
            {
                return idle.Functions == _functions.Length ? new(idle) : new(AddMissingFunctionsAsync(idle));
            }

            CloseInBackground(idle);   // its file was deleted or replaced
        }

        return new(WaitForOpenAsync(cancellationToken));
    }

    public override async ValueTask ReturnAsync(ProviderConnection connection)
    {
        var lane = (LaneConnection)connection;
        if (_file.IsMemory && !lane.IsClean)
        {
            await CleanAsync(lane).ConfigureAwait(false);
        }

        if (!lane.IsClean || !_idle.TryPut(lane))
        {
            await CloseAsync(lane).ConfigureAwait(false);
        }
    }

    /// <summary>Closes all idle connections, except the one of an in-memory database.</summary>
    public override async Task CloseIdleAsync()
    {
        while (!_file.IsMemory && _idle.TryTake() is { } idle)
        {
            await CloseAsync(idle).ConfigureAwait(false);
        }
    }

    /// <summary>Creates a connection, except for an in-memory database, where another connection is another database.</summary>
    public override DbConnection? CreateConnection()
    {
        if (_file.IsMemory)
        {
            return null;
        }

        var connection = new DriverConnection(_file.ConnectionString);
        connection.StateChange += (_, change) =>
        {
            if (change.CurrentState == System.Data.ConnectionState.Open)
            {
                _file.Settings.OnOpen?.Invoke(connection);
            }
        };
        return connection;
    }

    public override void AddFunctions(Action<DbConnection> add)
    {
        ArgumentNullException.ThrowIfNull(add);
        lock (_adding)
        {
            _functions = [.. _functions, add];
        }
    }

    public override async Task ProbeAsync(CancellationToken cancellationToken)
    {
        if (_file.IsMemory)
        {
            return;   // it has only one connection, in this process
        }

        var probe = await _opening.OpenAsync(_wasThere, cancellationToken).ConfigureAwait(false);
        await probe.CloseAsync().ConfigureAwait(false);
    }

    public override async ValueTask DisposeAsync()
    {
        await _end.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(_idle.TakeAll().Select(CloseAsync)).ConfigureAwait(false);
        _idle.Dispose();
    }

    private async Task<ProviderConnection> WaitForOpenAsync(CancellationToken cancellationToken)
    {
        Task<LaneConnection> opening;
        using (ExecutionContext.SuppressFlow())
        {
            opening = Task.Run(OpenAsync, CancellationToken.None);
        }

        try
        {
            // Not cancellable for an in-memory database: the next caller would open a second one.
            var token = _file.IsMemory ? CancellationToken.None : cancellationToken;
            var opened = await opening.WaitAsync(token).ConfigureAwait(false);
            return opened.Functions == _functions.Length ? opened : await AddMissingFunctionsAsync(opened).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The next caller gets it (G10).
            _ = opening.ContinueWith(
                Keep, CancellationToken.None, TaskContinuationOptions.OnlyOnRanToCompletion, TaskScheduler.Default);
            throw;
        }
    }

    private async Task<LaneConnection> OpenAsync()
    {
        await _openLock.WaitAsync(_end.Token).ConfigureAwait(false);
        try
        {
            // If the file existed before, it is not created again: an empty one would hide the mistake.
            var opened = await _opening.OpenAsync(mustExist: _wasThere, _end.Token).ConfigureAwait(false);
            _wasThere = !_file.IsMemory;
            _idle.Opened();
            return opened;
        }
        finally
        {
            _openLock.Release();
        }
    }

    /// <summary>Adds the functions that a connection lacks.</summary>
    private async Task<ProviderConnection> AddMissingFunctionsAsync(LaneConnection lane)
    {
        try
        {
            await lane.AddFunctionsAsync(_functions).ConfigureAwait(false);
            return lane;
        }
        catch
        {
            await CloseAsync(lane).ConfigureAwait(false);
            throw;
        }
    }

    private void Keep(Task<LaneConnection> opened)
    {
        if (!_idle.TryPut(opened.Result))
        {
            CloseInBackground(opened.Result);
        }
    }

    private async Task CleanAsync(LaneConnection lane)
    {
        try
        {
            if (!lane.IsDoubtful)
            {
                await lane.CleanAsync().ConfigureAwait(false);
                return;
            }
        }
        catch (SqliteException error)
        {
            SqliteLog.CloseFailed(_logger, _engineName, _file.Name, error);   // still dirty, so it is closed
        }

        SqliteLog.MemoryLost(_logger, _engineName);
    }

    private async Task CloseAsync(LaneConnection lane)
    {
        try
        {
            await lane.CloseAsync().ConfigureAwait(false);
        }
        catch (SqliteException error)
        {
            SqliteLog.CloseFailed(_logger, _engineName, _file.Name, error);
        }
        finally
        {
            _idle.Closed();
        }
    }

    private void CloseInBackground(LaneConnection lane) => _ = CloseAsync(lane);
}
