using Millpond.PostgreSql.Configuration;
using Millpond.Providers;
using Npgsql;
using RealConnection = Npgsql.NpgsqlConnection;

namespace Millpond.PostgreSql.Pool;

/// <summary>Npgsql's pool, set up for what stands between it and the server.</summary>
/// <remarks>Thread-safe. Where that is not known yet the first opening finds out, and all others wait for it; the pool that it
/// was found out with is then replaced by the right one, if it is not that itself; and after an outage by a new one. State: one
/// reference.</remarks>
internal sealed class DriverPool : IAsyncDisposable
{
    private readonly SourceSettings _settings;
    private readonly DataSourceFactory _sources;
    private readonly bool _trustsProcedures;
    private readonly Lock _lock = new();
    private volatile Made _made;
    private long _forgotten = long.MinValue;
    private bool _disposed;

    public DriverPool(SourceSettings settings, DataSourceFactory sources, PostgreSqlOptions options)
    {
        (_settings, _sources, _trustsProcedures) = (settings, sources, options.TrustProcedures);
        _made = Make(new Pooler(options.Pooler));
    }

    /// <summary>Gets what stands between, as far as is known.</summary>
    public Pooler Pooler => _made.Pooler;

    public PoolTraits Traits => _made.Traits;

    /// <summary>Gets whether the application's name is the engine's own choice.</summary>
    public bool HasOwnName => _made.HasOwnName;

    public bool HasHosts => _made.Hosts is not null;

    /// <summary>Opens, and waits no longer than the token says.</summary>
    /// <remarks>Npgsql's opening looks at its token between its steps only: while it waits for a server that accepted it and then
    /// says nothing, just its own Timeout (15 s) counts.</remarks>
    public ValueTask<RealConnection> OpenAsync(CancellationToken cancellationToken) =>
        _made is { Pooler.Mode: not PoolerMode.Detect } made
            ? OpenAsync(made, cancellationToken)
            : new(FindAndOpenAsync(cancellationToken));

    /// <summary>Has the driver close what is idle, and what is in use when it comes back.</summary>
    public void Clear() => _made.Source.Clear();

    /// <summary>Has all connections forget their plans, because one was stale: each has the same ones (S19).</summary>
    /// <remarks>They are closed. The driver cannot make a connection forget all of its plans without blocking.</remarks>
    /// <param name="stale">The connection; one that is to be closed already says nothing new.</param>
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
        var made = _made;
        made.Hosts?.ClearDatabaseStates();
        made.Source.Clear();
    }

    /// <summary>Takes another pool in the place of this one: the driver keeps places for openings that hang.</summary>
    public void ResetPool()
    {
        var former = _made;
        _ = ReplaceAsync(former, Make(former.Pooler));
    }

    public async ValueTask DisposeAsync()
    {
        Made last;
        lock (_lock)
        {
            (_disposed, last) = (true, _made);
        }

        await last.Source.DisposeAsync().ConfigureAwait(false);
    }

    private async ValueTask<RealConnection> OpenAsync(Made made, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                return await OpenAsync(made.Source, cancellationToken).ConfigureAwait(false);
            }
            catch (ObjectDisposedException) when (!ReferenceEquals(made, _made))
            {
                made = _made;   // it was replaced in between
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
            Know(opened);
            return opened;
        }
        catch (OperationCanceledException)
        {
            _ = CloseLateAsync(opening);
            throw;
        }
    }

    /// <summary>Gives back to the pool what came when nobody waited for it any more.</summary>
    private async Task CloseLateAsync(Task<RealConnection> opening)
    {
        try
        {
            var late = await opening.ConfigureAwait(false);
            Know(late);
            await late.DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception)
        {
            // It failed, as whoever waited for it was told already.
        }
    }

    public PhysicalConnection Know(RealConnection open) => PhysicalConnection.Of(open, _settings.Time);

    private async Task<RealConnection> FindAndOpenAsync(CancellationToken cancellationToken)
    {
        var finding = _made.Finding;
        await finding.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_made is { Pooler.Mode: PoolerMode.Detect } made && ReferenceEquals(made.Finding, finding) &&
                await FindAsync(made, cancellationToken).ConfigureAwait(false) is { } found)
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

    /// <returns>The connection that it was found out with; null: the pool has been replaced since.</returns>
    private async Task<RealConnection?> FindAsync(Made made, CancellationToken cancellationToken)
    {
        (made, var first) = await OpenFirstAsync(made, cancellationToken).ConfigureAwait(false);
        var isKept = false;
        try
        {
            var pooler = await Pooler.FindAsync(first, made.Source, _settings.Time, cancellationToken)
                .ConfigureAwait(false);
            isKept = pooler.Mode == PoolerMode.None && TryKeep(made, pooler);
            if (isKept)
            {
                return first;
            }

            await ReplaceAsync(made, Make(pooler)).ConfigureAwait(false);
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

    private async Task<(Made Made, RealConnection First)> OpenFirstAsync(Made made, CancellationToken cancellationToken)
    {
        try
        {
            return (made, await OpenAsync(made.Source, cancellationToken).ConfigureAwait(false));
        }
        catch (Exception error) when (Pooler.RefusesOptions(error))
        {
            var plain = Make(new Pooler(PoolerMode.Session)) with { Pooler = made.Pooler, Finding = made.Finding };
            await ReplaceAsync(made, plain).ConfigureAwait(false);
            return (plain, await OpenAsync(plain.Source, cancellationToken).ConfigureAwait(false));
        }
    }

    private bool TryKeep(Made made, Pooler pooler)
    {
        lock (_lock)
        {
            var isCurrent = ReferenceEquals(_made, made);
            _made = isCurrent ? made with { Pooler = pooler } : _made;
            return isCurrent;
        }
    }

    /// <summary>Takes another in the place of one, unless somebody did before; what comes back to the former is closed.</summary>
    private async Task ReplaceAsync(Made former, Made next)
    {
        Made over;
        lock (_lock)
        {
            over = _disposed || !ReferenceEquals(_made, former) ? next : former;
            _made = ReferenceEquals(over, former) ? next : _made;
        }

        await over.Source.DisposeAsync().ConfigureAwait(false);
    }

    private Made Make(Pooler pooler)
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
        return new Made(source, hosts, pooler, traits, isOwnName);
    }

    private sealed record Made(
        NpgsqlDataSource Source,
        NpgsqlMultiHostDataSource? Hosts,
        Pooler Pooler,
        PoolTraits Traits,
        bool HasOwnName)
    {
        /// <summary>Gets the turn of whoever finds out what stands between. One that hangs goes with its pool.</summary>
        public SemaphoreSlim Finding { get; init; } = new(1, 1);
    }
}
