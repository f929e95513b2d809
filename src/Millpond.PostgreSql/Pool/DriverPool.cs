using Millpond.PostgreSql.Configuration;
using Millpond.Providers;
using Npgsql;
using RealConnection = Npgsql.NpgsqlConnection;

namespace Millpond.PostgreSql.Pool;

/// <summary>Npgsql's pool, configured for the detected pooler.</summary>
/// <remarks>Thread-safe. Until the pooler is detected, the first opening detects it and all others wait. The pool used for
/// detection is then replaced by a suitable one, if necessary, and by a new one after an outage. State: one
/// reference.</remarks>
internal sealed class DriverPool : IAsyncDisposable
{
    private readonly SourceSettings _settings;
    private readonly DataSourceFactory _sources;
    private readonly bool _trustsProcedures;
    private readonly Lock _lock = new();
    private volatile PoolState _state;
    private long _forgotten = long.MinValue;
    private bool _disposed;

    public DriverPool(SourceSettings settings, DataSourceFactory sources, PostgreSqlOptions options)
    {
        (_settings, _sources, _trustsProcedures) = (settings, sources, options.TrustProcedures);
        _state = Make(new Pooler(options.Pooler));
    }

    /// <summary>Gets the pooler, as far as it is known.</summary>
    public Pooler Pooler => _state.Pooler;

    public PoolTraits Traits => _state.Traits;

    /// <summary>Gets whether the engine chose the application name.</summary>
    public bool HasOwnName => _state.HasOwnName;

    public bool HasHosts => _state.Hosts is not null;

    /// <summary>Opens a connection, and waits no longer than the token allows.</summary>
    /// <remarks>Npgsql checks the token only between the steps of an opening. While it waits for a server that accepted the
    /// connection but does not answer, only its own Timeout (15 s) applies.</remarks>
    public ValueTask<RealConnection> OpenAsync(CancellationToken cancellationToken) =>
        _state is { Pooler.Mode: not PoolerMode.Detect } state
            ? OpenAsync(state, cancellationToken)
            : new(FindAndOpenAsync(cancellationToken));

    /// <summary>Makes the driver close idle connections now and others when they are returned.</summary>
    public void Clear() => _state.Source.Clear();

    /// <summary>Makes all connections drop their plans, because one was stale and all have the same ones (S19).</summary>
    /// <remarks>They are closed, because the driver cannot drop all plans of a connection without blocking.</remarks>
    /// <param name="stale">The connection with the stale plan. If it is already to be closed, there is nothing to do.</param>
    public void ForgetPlans(PhysicalConnection stale)
    {
        var forgotten = Volatile.Read(ref _forgotten);
        if (stale.Opened > forgotten &&
            Interlocked.CompareExchange(ref _forgotten, _settings.Time.GetTimestamp(), forgotten) == forgotten)
        {
            Clear();
        }
    }

    public void DropStandbyConnections()
    {
        var state = _state;
        state.Hosts?.ClearDatabaseStates();
        state.Source.Clear();
    }

    /// <summary>Replaces the pool by a new one, because the driver reserves slots for openings that hang.</summary>
    public void ResetPool()
    {
        var former = _state;
        _ = ReplaceAsync(former, Make(former.Pooler));
    }

    public async ValueTask DisposeAsync()
    {
        PoolState last;
        lock (_lock)
        {
            (_disposed, last) = (true, _state);
        }

        await last.Source.DisposeAsync().ConfigureAwait(false);
    }

    private async ValueTask<RealConnection> OpenAsync(PoolState state, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                return await OpenAsync(state.Source, cancellationToken).ConfigureAwait(false);
            }
            catch (ObjectDisposedException) when (!ReferenceEquals(state, _state))
            {
                state = _state;   // it was replaced in between
            }
        }
    }

    private ValueTask<RealConnection> OpenAsync(NpgsqlDataSource source, CancellationToken cancellationToken)
    {
        var opening = source.OpenConnectionAsync(cancellationToken);
        return opening.IsCompleted ? opening : WaitAsync(opening.AsTask(), cancellationToken);
    }

    private async ValueTask<RealConnection> WaitAsync(Task<RealConnection> opening, CancellationToken cancellationToken)
    {
        try
        {
            var opened = await opening.WaitAsync(cancellationToken).ConfigureAwait(false);
            PhysicalOf(opened);
            return opened;
        }
        catch (OperationCanceledException)
        {
            _ = CloseLateAsync(opening);
            throw;
        }
    }

    /// <summary>Returns a connection to the pool that was opened after its caller had left.</summary>
    private async Task CloseLateAsync(Task<RealConnection> opening)
    {
        try
        {
            var late = await opening.ConfigureAwait(false);
            PhysicalOf(late);
            await late.DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception)
        {
            // It failed, and its caller already has the error.
        }
    }

    public PhysicalConnection PhysicalOf(RealConnection open) => PhysicalConnection.Of(open, _settings.Time);

    private async Task<RealConnection> FindAndOpenAsync(CancellationToken cancellationToken)
    {
        var finding = _state.Finding;
        await finding.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_state is { Pooler.Mode: PoolerMode.Detect } state && ReferenceEquals(state.Finding, finding) &&
                await FindAsync(state, cancellationToken).ConfigureAwait(false) is { } found)
            {
                return found;
            }
        }
        finally
        {
            finding.Release();
        }

        return await OpenAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <returns>The connection used for detection; null: the pool has been replaced since.</returns>
    private async Task<RealConnection?> FindAsync(PoolState state, CancellationToken cancellationToken)
    {
        (state, var first) = await OpenFirstAsync(state, cancellationToken).ConfigureAwait(false);
        var isKept = false;
        try
        {
            var pooler = await Pooler.FindAsync(first, state.Source, _settings.Time, cancellationToken)
                .ConfigureAwait(false);
            isKept = pooler.Mode == PoolerMode.None && TryKeep(state, pooler);
            if (isKept)
            {
                return first;
            }

            await ReplaceAsync(state, Make(pooler)).ConfigureAwait(false);
            return null;
        }
        finally
        {
            if (!isKept)
            {
                await first.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    private async Task<(PoolState State, RealConnection First)> OpenFirstAsync(
        PoolState state, CancellationToken cancellationToken)
    {
        try
        {
            return (state, await OpenAsync(state.Source, cancellationToken).ConfigureAwait(false));
        }
        catch (Exception error) when (Pooler.RefusesOptions(error))
        {
            var plain = Make(new Pooler(PoolerMode.Session)) with { Pooler = state.Pooler, Finding = state.Finding };
            await ReplaceAsync(state, plain).ConfigureAwait(false);
            return (plain, await OpenAsync(plain.Source, cancellationToken).ConfigureAwait(false));
        }
    }

    private bool TryKeep(PoolState state, Pooler pooler)
    {
        lock (_lock)
        {
            var isCurrent = ReferenceEquals(_state, state);
            _state = isCurrent ? state with { Pooler = pooler } : _state;
            return isCurrent;
        }
    }

    /// <summary>Replaces a pool, unless that was done before. Connections that return to the old one are closed.</summary>
    private async Task ReplaceAsync(PoolState former, PoolState next)
    {
        PoolState over;
        lock (_lock)
        {
            over = _disposed || !ReferenceEquals(_state, former) ? next : former;
            _state = ReferenceEquals(over, former) ? next : _state;
        }

        await over.Source.DisposeAsync().ConfigureAwait(false);
    }

    private PoolState Make(Pooler pooler)
    {
        var mode = pooler.Mode;
        var wanted = PoolString.For(_settings, mode);
        var hasName = new NpgsqlConnectionStringBuilder(_settings.ConnectionString).ShouldSerialize("Application Name");
        var source = _sources.Build(wanted, _settings.EngineName, out var hosts, out var effective);
        var prepares = effective.MaxAutoPrepare > 0;
        var traits = new PoolTraits(_settings.Defaults, mode)
        {
            MayPrepare = mode != PoolerMode.Transaction || prepares,
            PreparesByItself = prepares,
            TrustsProcedures = _trustsProcedures,
        };
        var isOwnName = !hasName && effective.ApplicationName == wanted.ApplicationName;
        return new PoolState(source, hosts, pooler, traits, isOwnName);
    }

    private sealed record PoolState(
        NpgsqlDataSource Source,
        NpgsqlMultiHostDataSource? Hosts,
        Pooler Pooler,
        PoolTraits Traits,
        bool HasOwnName)
    {
        /// <summary>Gets the lock of the detection. One that hangs goes with its pool.</summary>
        public SemaphoreSlim Finding { get; init; } = new(1, 1);
    }
}
