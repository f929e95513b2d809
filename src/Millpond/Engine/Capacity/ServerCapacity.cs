using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Millpond.Providers;
using Millpond.Telemetry.Findings;
using static System.FormattableString;

namespace Millpond.Engine.Capacity;

/// <summary>Checks whether the server has enough connections for this pool and those of the other workers (G17).</summary>
/// <remarks>It reads the limits during the warm-up, with a probe if they are old, and after the server refused a connection. If
/// reading fails, the last known limits stay in use. Thread-safe.</remarks>
internal sealed class ServerCapacity(
    string engineName, EngineOptions options, ConnectionSource source, Func<int> held, ILogger logger, FindingBook findings)
    : IAsyncDisposable
{
    // Frequent enough that the first of several workers soon notices the others, rare enough to cost nothing.
    private static readonly TimeSpan FreshFor = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);
    private const int Pauses = 5;

    // Limits repeated warnings, which would hide other messages.
    private static readonly TimeSpan WarningPause = TimeSpan.FromMinutes(1);

    private readonly TimeProvider _time = options.TimeProvider;
    private readonly CancellationTokenSource _end = new();
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly Lock _lock = new();
    private volatile Reading? _latest;
    private Task _refresh = Task.CompletedTask;
    private long _tried;
    private long? _warnedTooLarge;
    private long? _warnedRefused;
    private bool _reportedTooLarge;
    private bool _reportedPooler;

    public ServerLimitSnapshot? Latest => _latest is not { } reading ? null : new ServerLimitSnapshot
    {
        Name = reading.Fit.Tightest?.Name ?? "",
        Usable = reading.Fit.Tightest?.Usable ?? 0,
        Workers = reading.Fit.Limits.Workers,
        Wanted = reading.Fit.Wanted,
        OtherClients = reading.Fit.Limits.OtherClients,
        IsBehindPooler = reading.Fit.Limits.IsBehindPooler,
        Advice = reading.Fit.Fits ? null : Advice(reading.Fit),
        ReadAt = reading.At,
    };

    /// <summary>Reads the limits before any connection is opened, so a pool that can never fit takes none from other
    /// clients.</summary>
    /// <exception cref="OptionsValidationException">The pool can never fit.</exception>
    public async Task EnterAsync(CancellationToken cancellationToken)
    {
        await ReadAsync(cancellationToken).ConfigureAwait(false);
        if (_latest?.Fit.Fault is { } fault)
        {
            throw new OptionsValidationException(
                engineName, typeof(EngineOptions), [EngineOptionsValidator.Describe(engineName, [fault])]);
        }
    }

    public async Task<(bool Done, DatabaseUnavailableException? Unavailable)> CheckAsync(CancellationToken cancellationToken)
    {
        var read = await ReadAsync(cancellationToken).ConfigureAwait(false);
        if (read.Done)
        {
            Log(_latest!.Fit);
        }

        return read;
    }

    /// <summary>Probes the database. Reads the limits if they are old.</summary>
    /// <exception cref="DatabaseUnavailableException">The database does not answer.</exception>
    public async Task ProbeAsync(CancellationToken cancellationToken)
    {
        var tried = Volatile.Read(ref _tried);
        var isOld = tried == 0 || _time.GetElapsedTime(tried) >= FreshFor;
        var read = isOld ? await CheckAsync(cancellationToken).ConfigureAwait(false) : default;
        if (read.Unavailable is { } error)
        {
            throw error;
        }

        if (!read.Done)
        {
            await InTurnAsync(QueryInTurnAsync, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Handles the server's refusal of a connection, and adds the known limits to the error.</summary>
    public DatabaseUnavailableException Refused(DatabaseUnavailableException error)
    {
        lock (_lock)
        {
            if (_refresh.IsCompleted && !_end.IsCancellationRequested)
            {
                using (ExecutionContext.SuppressFlow())   // it belongs to no request
                {
                    var holders = held();
                    _refresh = Task.Run(() => RefreshAsync(error, holders));
                }
            }
        }

        return DatabaseUnavailableException.ServerFull(source.Server, error.InnerException!, Describe());
    }

    /// <summary>Reads the limits again in the background, unless that is happening already. An unreachable database is left to
    /// its own watch.</summary>
    public void CheckSoon()
    {
        lock (_lock)
        {
            if (source.IsRemote && _refresh.IsCompleted && !_end.IsCancellationRequested)
            {
                using (ExecutionContext.SuppressFlow())
                {
                    _refresh = Task.Run(CheckUntilEndAsync);
                }
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync().ConfigureAwait(false);
        Task last;
        lock (_lock)
        {
            last = _refresh;
        }

        await last.ConfigureAwait(false);
        _end.Dispose();
    }

    private async Task CheckUntilEndAsync()
    {
        try
        {
            await CheckAsync(_end.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (_end.IsCancellationRequested)
        {
            // The engine is being disposed, which waits for this check.
        }
    }

    private static string Advice(PoolFit fit) => $"{fit.Arithmetic}: {fit.Remedy}.";

    private string Describe()
    {
        var permits = options.PoolSize + options.MaxOverflow;
        var own = Invariant($"Engine '{engineName}' has {held()} of its {permits} connections in use");
        if (_latest is not { } reading)
        {
            return $"{own}. Lower PoolSize and MaxOverflow, let others use fewer connections, or raise the server's limit.";
        }

        if (reading.Fit.Limits.IsBehindPooler)
        {
            return $"{own}. Check the pooler's limits first (PgBouncer: max_client_conn, max_db_connections).";
        }

        var age = (_time.GetUtcNow() - reading.At).TotalSeconds;
        var counted = Invariant($"; {age:0} s ago it was {reading.Fit.Arithmetic}");
        return reading.Fit.Fits
            ? $"{own}{counted}, so other clients have connected since. Let them use fewer connections, or raise the limit."
            : $"{own}{counted}: {reading.Fit.Remedy}.";
    }

    /// <summary>Reads the limits.</summary>
    /// <returns>Whether they were read, and the error if the database is unavailable.</returns>
    private async Task<(bool Done, DatabaseUnavailableException? Unavailable)> ReadAsync(CancellationToken cancellationToken)
    {
        try
        {
            return (await InTurnAsync(ReadInTurnAsync, cancellationToken).ConfigureAwait(false), null);
        }
        catch (Exception error)
        {
            cancellationToken.ThrowIfCancellationRequested();
            EngineLog.LimitsUnread(logger, engineName, error);
            return (false, error as DatabaseUnavailableException);
        }
    }

    private async Task<bool> ReadInTurnAsync(CancellationToken cancellationToken)
    {
        try
        {
            var limits = await source.ReadLimitsAsync(cancellationToken).ConfigureAwait(false);
            _latest = limits is null ? _latest
                : new Reading(new PoolFit(limits, options.PoolSize, options.MaxOverflow), _time.GetUtcNow());
            return limits is not null;
        }
        finally
        {
            Volatile.Write(ref _tried, _time.GetTimestamp());   // set afterwards, so a concurrent probe waits for the result
        }
    }

    private async Task<bool> QueryInTurnAsync(CancellationToken cancellationToken)
    {
        await source.ProbeAsync(cancellationToken).ConfigureAwait(false);
        return true;
    }

    /// <summary>Runs one work item at a time, because health checks and administration share one connection beside the permits
    /// (G07). The caller may leave early, because a driver may wait for an answer that never comes; the next work item starts
    /// when the driver is done.</summary>
    private async Task<bool> InTurnAsync(Func<CancellationToken, Task<bool>> work, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        return await WorkAsync().WaitAsync(cancellationToken).ConfigureAwait(false);

        async Task<bool> WorkAsync()
        {
            try
            {
                return await work(cancellationToken).ConfigureAwait(false);
            }
            finally
            {
                _turn.Release();
            }
        }
    }

    private void Log(PoolFit fit)
    {
        lock (_lock)
        {
            if (fit.Limits.IsBehindPooler && !_reportedPooler)
            {
                _reportedPooler = true;
                EngineLog.PoolerBetween(logger, engineName, fit.Limits.PoolerNote);
            }

            if (!fit.Fits)
            {
                findings.Add(
                    FindingKind.PoolTooLarge,
                    operation: null,
                    "",
                    static fit => new FindingText(
                        $"The pools of all workers exceed what the server allows: {fit.Arithmetic}.",
                        $"{fit.Remedy}.",
                        [.. fit.Limits.OtherClients.Select(static one => one.ToString())]),
                    fit);
            }

            if (!fit.Fits && !_reportedTooLarge && MayWarn(ref _warnedTooLarge))
            {
                _reportedTooLarge = true;
                EngineLog.PoolTooLarge(logger, engineName, Advice(fit));
            }
            else if (fit.Fits && _reportedTooLarge)
            {
                _reportedTooLarge = false;
                EngineLog.PoolFitsAgain(logger, engineName, fit.Arithmetic);
            }
        }
    }

    /// <summary>Reads the limits after a connection was returned, and logs the refusal once.</summary>
    /// <remarks>Not earlier, because another connection would be refused too, and Npgsql clears its pool on each
    /// refusal.</remarks>
    private async Task RefreshAsync(DatabaseUnavailableException refusal, int holders)
    {
        try
        {
            for (var pause = 0; pause < Pauses; pause++)
            {
                await Task.Delay(Pause, _time, _end.Token).ConfigureAwait(false);
                if (held() < Math.Max(holders, 1) && await ReadAsync(_end.Token).ConfigureAwait(false) is { Done: true })
                {
                    break;
                }
            }

            LogRefused(refusal);
        }
        catch (OperationCanceledException)
        {
            // The engine is shutting down.
        }
    }

    private void LogRefused(DatabaseUnavailableException refusal)
    {
        lock (_lock)
        {
            if (!MayWarn(ref _warnedRefused))
            {
                return;
            }

            _reportedTooLarge = _latest is { Fit.Fits: false };
            EngineLog.ServerFull(
                logger,
                engineName,
                DatabaseUnavailableException.ServerFull(source.Server, refusal.InnerException!, Describe()).Message);
        }
    }

    private bool MayWarn(ref long? last)
    {
        if (last is { } at && _time.GetElapsedTime(at) < WarningPause)
        {
            return false;
        }

        last = _time.GetTimestamp();
        return true;
    }

    private sealed record Reading(PoolFit Fit, DateTimeOffset At);
}
