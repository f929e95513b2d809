using System.Collections.Concurrent;
using Millpond.Testing.Leases;
using Millpond.Testing.Resets;
using Millpond.Testing.Templates;
using Npgsql;

namespace Millpond.Testing.Clones;

/// <summary>Clones of one template on one server: those that wait for a test, and how they come and go.</summary>
internal sealed class PostgresStore : DatabaseStore
{
    private const int MaxUses = 200;   // by then dead rows make the reset slower than a new clone
    private const int ConnectionsPerClone = 6;
    private const int DefaultMax = 32;

    private readonly TestServer _server;
    private readonly AdminConnections _admin;
    private readonly LeaseRegistry _registry;
    private readonly string _template;
    private readonly DatabasesOptions _options;
    private readonly DatabasePermits _permits;
    private readonly ConcurrentStack<Clone> _idle = new();
    private readonly ConcurrentDictionary<Clone, byte> _all = new();
    private readonly Lock _lock = new();
    private Task<Clone>? _ahead;   // the next fresh clone
    private DatabaseShape? _shape;
    private int _isDisposed;

    private PostgresStore(
        TestServer server, AdminConnections admin, LeaseRegistry registry, string template, DatabasesOptions options, int max)
    {
        (_server, _admin, _registry, _template, _options) = (server, admin, registry, template, options);
        _permits = new DatabasePermits(max, options.AcquireTimeout);
        Max = max;
    }

    /// <summary>Gets how many tests can have a database at the same time.</summary>
    public int Max { get; }

    public override bool OutlivesProcess => !_server.IsThrowAway;

    public LeaseRegistry Registry => _registry;

    public static async Task<PostgresStore> OpenAsync(
        TestServer server, DatabaseTemplate template, DatabasesOptions options, CancellationToken cancellationToken)
    {
        var admin = await AdminConnections.OpenAsync(server, cancellationToken).ConfigureAwait(false);
        LeaseRegistry? registry = null;
        try
        {
            registry = await LeaseRegistry.OpenAsync(server.Address, admin.Registry, cancellationToken).ConfigureAwait(false);
            var orphans = await registry.AdoptAsync(cancellationToken).ConfigureAwait(false);
            var name = await PostgresTemplate.EnsureAsync(template, server.Address, admin, registry, cancellationToken)
                .ConfigureAwait(false);
            var max = await registry.ReserveAsync(options.MaxDatabases, ConnectionsPerClone, DefaultMax, cancellationToken)
                .ConfigureAwait(false);
            var store = new PostgresStore(server, admin, registry, name, options, max);
            foreach (var orphan in orphans)
            {
                store.Run(() => store.DropAsync(orphan));
            }

            return store;
        }
        catch (Exception error)
        {
            if (registry is not null)
            {
                await registry.DisposeAsync().ConfigureAwait(false);
            }

            await admin.DisposeAsync().ConfigureAwait(false);
            if (error is PostgresException refusal)
            {
                throw ServerFailure.Explain(refusal);
            }

            throw;
        }
    }

    public override async Task<OwnedDatabase> AcquireAsync(
        TestIsolation isolation, string test, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_isDisposed != 0, typeof(Databases));
        await _permits.EnterAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var taken = isolation == TestIsolation.Fresh ? await TakeFreshAsync(cancellationToken).ConfigureAwait(false)
                : _idle.TryPop(out var clone) ? clone
                : await CreateAsync(cancellationToken).ConfigureAwait(false);
            _permits.Hold(taken, test);
            return taken;
        }
        catch
        {
            _permits.Leave();
            throw;
        }
    }

    public override async Task<OwnedDatabase> AcquireExtraAsync(CancellationToken cancellationToken)
    {
        var clone = await CreateAsync(cancellationToken).ConfigureAwait(false);
        (clone.IsExtra, clone.Doubt) = (true, "it was the host's");
        return clone;
    }

    public override Task ReleaseAsync(OwnedDatabase database)
    {
        Run(() => ResetAsync((Clone)database));
        return Task.CompletedTask;
    }

    public override async Task<string> KeepAsync(OwnedDatabase database)
    {
        var clone = (Clone)database;
        try
        {
            await clone.DisposeAsync().ConfigureAwait(false);
            _all.TryRemove(clone, out _);
            foreach (var oldest in await _registry.KeepAsync(clone.Name, _options.MaxKept, CancellationToken.None)
                .ConfigureAwait(false))
            {
                Run(() => DropAsync(oldest));
            }

            var line = _server.Address.PsqlLine(clone.Name, withPassword: _server.IsThrowAway);
            if (!_server.IsThrowAway)
            {
                return line;
            }

            if (_options.KeepServerFor == TimeSpan.Zero)
            {
                return $"{line} (until this run ends; set DatabasesOptions.KeepServerFor to keep it longer)";
            }

            await _server.KeepAsync(_options.KeepServerFor).ConfigureAwait(false);
            return FormattableString.Invariant(
                $"{line} (until {_options.KeepServerFor.TotalMinutes:0.#} minutes after this run)");
        }
        finally
        {
            Leave(clone);
        }
    }

    public override async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0)
        {
            return;
        }

        if (_ahead is { } ahead)
        {
            await ((Task)ahead).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        await EndBackgroundAsync().ConfigureAwait(false);

        foreach (var holder in _permits.Holders)
        {
            _options.Output($"Millpond.Testing: {holder} has not disposed its database. Write: await using var db = …");
        }

        await Task.WhenAll(_all.Keys.Select(DropAsync)).ConfigureAwait(false);
        await _registry.DisposeAsync().ConfigureAwait(false);
        await _admin.DisposeAsync().ConfigureAwait(false);
        _permits.Dispose();
    }

    /// <summary>Makes a clone ready for the next test, or replaces it.</summary>
    private async Task ResetAsync(Clone clone)
    {
        try
        {
            if (await clone.ResetAsync().ConfigureAwait(false) is { } doubt)
            {
                if (clone.Doubt is null)
                {
                    _options.Output($"Millpond.Testing: database {clone.Name} is not reused, because {doubt}.");
                }

                Run(() => DropAsync(clone));
            }
            else if (clone.Uses >= MaxUses)
            {
                Run(() => DropAsync(clone));
            }
            else
            {
                clone.IsShared = false;
                _idle.Push(clone);
            }
        }
        catch (Exception error)
        {
            _options.Output($"Millpond.Testing: database {clone.Name} is not reused, because its reset failed: {error.Message}");
            Run(() => DropAsync(clone));
        }
        finally
        {
            Leave(clone);
        }
    }

    /// <summary>Takes the clone that was made ahead and has the next one made.</summary>
    private async Task<Clone> TakeFreshAsync(CancellationToken cancellationToken)
    {
        if (_all.Count >= Max && _idle.TryPop(out var surplus))
        {
            Run(() => DropAsync(surplus));   // its connections are needed
        }

        Task<Clone>? ahead;
        lock (_lock)
        {
            (ahead, _ahead) = (_ahead, null);
        }

        var clone = ahead is null
            ? await CreateAsync(cancellationToken).ConfigureAwait(false)
            : await ahead.WaitAsync(cancellationToken).ConfigureAwait(false);
        clone.Doubt = "it was to be fresh";
        lock (_lock)
        {
            _ahead ??= Task.Run(() => CreateAsync(CancellationToken.None), CancellationToken.None);
        }

        return clone;
    }

    private async Task<Clone> CreateAsync(CancellationToken cancellationToken)
    {
        var name = await _registry.AddAsync(LeaseRegistry.Clone, cancellationToken).ConfigureAwait(false);
        try
        {
            // Measured: a copy of files is faster in memory, and a copy through the log elsewhere.
            var strategy = _server.IsThrowAway && _admin.Version >= 150000 ? " strategy file_copy" : "";
            await _admin.ExecuteAsync($"create database {name} template {_template}{strategy}", cancellationToken)
                .ConfigureAwait(false);
            var (clone, shape) = await Clone.OpenAsync(
                name, _server.Address.For(name), _shape, _options.ConfigureEngine, cancellationToken).ConfigureAwait(false);
            _shape = shape;
            _all[clone] = 0;
            return clone;
        }
        catch (Exception error)
        {
            await DropAsync(name).ConfigureAwait(false);
            if (error is PostgresException refusal)
            {
                throw ServerFailure.Explain(refusal);
            }

            throw;
        }
    }

    private async Task DropAsync(Clone clone)
    {
        _all.TryRemove(clone, out _);
        await clone.DisposeAsync().ConfigureAwait(false);
        await DropAsync(clone.Name).ConfigureAwait(false);
    }

    /// <summary>Drops a database of this run. Never throws: what is left belongs to the next run.</summary>
    private async Task DropAsync(string name)
    {
        try
        {
            await _admin.DropAsync(name, CancellationToken.None).ConfigureAwait(false);
            await _registry.RemoveAsync(name, CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception error) when (error is NpgsqlException or ObjectDisposedException)
        {
            _options.Output($"Millpond.Testing: database {name} could not be dropped; the next run will: {error.Message}");
        }
    }

    private void Leave(Clone clone)
    {
        if (!clone.IsExtra)
        {
            _permits.Leave(clone);
        }
    }
}
