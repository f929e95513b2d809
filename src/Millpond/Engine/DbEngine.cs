using System.ComponentModel;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Millpond.Admission;
using Millpond.AdoNet;
using Millpond.Engine;
using Millpond.Engine.Capacity;
using Millpond.Engine.Load;
using Millpond.Leasing;
using Millpond.Leasing.Findings;
using Millpond.Providers;
using Millpond.Sessions;
using Millpond.Supply;
using Millpond.Telemetry;
using Millpond.Telemetry.Events;
using Millpond.Telemetry.Findings;

namespace Millpond;

/// <summary>A database with its connection pool. Created at startup, disposed at the end.</summary>
/// <remarks>Thread-safe. In a host, <c>AddMillpond</c> creates it, opens its connections and shuts it down.</remarks>
public sealed partial class DbEngine : IAsyncDisposable
{
    private readonly EngineOptions _options;
    private readonly DbSessionOptions _defaults;
    private readonly ConnectionSource _source;
    private readonly SessionServices _services;
    private readonly Availability _availability;
    private readonly ConnectionSupply _supply;
    private readonly PoolFilling _filling;
    private readonly LeakWatch _leaks;
    private readonly ServerCapacity _capacity;
    private readonly EngineWatch _watch;
    private readonly EngineNumbers _numbers;
    private readonly ILogger _logger;
    private volatile bool _isDisposed;
    private int _closed;

    internal DbEngine(string name, EngineOptions options, ChosenProvider chosen)
    {
        (Name, _options) = (name, options);
        _defaults = options.Session.Copy();   // read-only from here on, so all sessions share it
        var time = options.TimeProvider;
        var sessionLogger = options.LoggerFactory.CreateLogger("Millpond.Sessions");
        var connectionLogger = options.LoggerFactory.CreateLogger("Millpond.Connections");
        _logger = options.LoggerFactory.CreateLogger("Millpond.Engine");
        _source = chosen.CreateSource(name, options);
        var findingLogger = options.LoggerFactory.CreateLogger("Millpond.Findings");
        var telemetry = new EngineTelemetry(name, new FindingBook(name, time, findingLogger));

        // Permits.
        var wanted = options.PoolSize + options.MaxOverflow;
        var permits = _source.LimitPermits(wanted);
        var holders = new SlotTable<SessionLease>(permits);
        var admission = new AdmissionSettings(options.QueueTarget, options.MaxQueue);
        var gate = new SessionGate(name, permits, time, new OverloadControl(admission, time))
        {
            CanGrow = permits == wanted,
            Holders = () => holders.Costliest(writers: false),
            Recorder = new BlackBox(time),
            Telemetry = telemetry,
        };
        var writeGate = !_source.HasSingleWriter ? null
            : new SessionGate($"{name} (writer)", 1, time, new FirstComeFirstServed(options.MaxQueue))
            {
                EngineName = name,
                Grants = "write permit",
                CanGrow = false,
                Holders = () => holders.Costliest(writers: true),
                Telemetry = telemetry,
            };

        // Connections.
        _capacity = new ServerCapacity(name, options, _source, () => holders.Count, _logger, telemetry.Findings);
        _availability = new Availability(_source, name, time, connectionLogger);
        _supply = new ConnectionSupply(_source, _availability, new SupplySettings
        {
            EngineName = name,
            OpenTimeout = options.OpenTimeout,
            HasSucceededSince = holders.AnySucceededSince,
            Refused = _capacity.Refused,
            FoundStale = telemetry.FoundStale,
            Time = time,
            Logger = connectionLogger,
        });
        _filling = new PoolFilling(name, gate, _supply, _availability, Math.Min(permits, options.PoolSize), time, _logger);
        (_availability.Recovered, _supply.Lost) = (_filling.RefillSoon, _filling.RefillSoon);

        // Sessions.
        _leaks = new LeakWatch(name, holders, options.LeakThreshold, time, sessionLogger, telemetry.Findings);
        _leaks.Start();
        _services = new SessionServices
        {
            EngineName = name,
            Engine = this,
            Gate = gate,
            WriteGate = writeGate,
            Source = _source,
            Supply = _supply,
            Availability = _availability,
            Cancels = _source.IsRemote ? new CancelThrottle(options.CleanupTimeout, time) : null,
            Settings = new SessionSettings
            {
                PoolTimeout = options.PoolTimeout,
                CleanupTimeout = options.CleanupTimeout,
                HookTimeout = options.HookTimeout,
                CaptureStacks = options.CaptureStacks,
            },
            Defaults = _defaults,
            Time = time,
            Tokens = new TokenPool(time),
            Logger = sessionLogger,
            Holders = holders,
            Telemetry = telemetry,
            SynchronousCalls = new SynchronousCalls(name, options.SyncCalls, sessionLogger, telemetry.Findings),
            CreateFacade = chosen.Provider.CreateFacade,
            ConnectionLost = _supply.NoteLost,
        };
        _watch = new EngineWatch(_services, gate.GetSnapshot, _capacity.CheckSoon);
        _numbers = new EngineNumbers(_services, options, _supply, _capacity, _watch);
        telemetry.Meter.Observe(_numbers.Read);
        OutgoingCalls.Watch();
    }

    /// <summary>Gets the engine's name.</summary>
    public string Name { get; }

    internal DbSessionOptions SessionDefaults => _defaults;

    internal bool WarmsUp => _options.WarmUp;

    internal TimeProvider Time => _options.TimeProvider;

    /// <summary>Gets the source of connections, for extensions of a provider.</summary>
    [Experimental(ProviderSeam.Id)]
    [EditorBrowsable(EditorBrowsableState.Never)]
    public ConnectionSource Source => _source;

    internal SessionServices Services => _services;

    /// <summary>Gets what samples its load. The host starts it.</summary>
    internal EngineWatch Watch => _watch;

    internal EngineNumbers Numbers => _numbers;

    internal ILoggerFactory Loggers => _options.LoggerFactory;

    internal int BackgroundCapacity => _options.BackgroundCapacity;

    /// <summary>Gets how many background jobs run concurrently. More than there are connections would only wait for
    /// them.</summary>
    internal int BackgroundWorkers => Math.Min(_options.BackgroundWorkers, _services.Gate.GetSnapshot().Permits);

    /// <summary>Creates an engine without a container, for console programs and tests. Does no I/O.</summary>
    /// <param name="configure">Configures the database and the options.</param>
    /// <returns>The engine. The caller disposes it.</returns>
    /// <exception cref="OptionsValidationException">Options are invalid. The message lists all faults.</exception>
    public static DbEngine Create(Action<EngineOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        var options = new EngineOptions();
        configure(options);
        return new DbEngine("default", options, EngineOptionsValidator.Choose("default", options));
    }

    /// <summary>Opens a session that the caller commits and disposes. Does no I/O until the first statement.</summary>
    /// <param name="options">The session's options; null for the engine's defaults.</param>
    /// <param name="member">Set by the compiler, for messages.</param>
    /// <param name="file">Set by the compiler, for messages.</param>
    /// <param name="line">Set by the compiler, for messages.</param>
    /// <returns>The session.</returns>
    /// <exception cref="ArgumentException">An option has an invalid value.</exception>
    /// <exception cref="ObjectDisposedException">The engine is disposed.</exception>
    public DbSession OpenSession(
        DbSessionOptions? options = null,
        [CallerMemberName] string member = "",
        [CallerFilePath] string file = "",
        [CallerLineNumber] int line = 0) =>
        OpenSession(options?.Copy().After(_defaults), new SessionOrigin { Site = new CodeSite(member, file, line) });

    /// <inheritdoc cref="RunAsync(Func{DbSession, CancellationToken, Task}, DbSessionOptions?, CancellationToken,
    /// string, string, int)"/>
    public Task RunAsync(
        Func<DbSession, CancellationToken, Task> work,
        CancellationToken cancellationToken = default,
        [CallerMemberName] string member = "",
        [CallerFilePath] string file = "",
        [CallerLineNumber] int line = 0) =>
        RunAsync(work, options: null, cancellationToken, member, file, line);

    /// <summary>Runs work in its own session, which commits when the work returns and rolls back when it throws.</summary>
    /// <param name="work">The work. It receives the caller's token.</param>
    /// <param name="options">The session's options; null for the engine's defaults.</param>
    /// <param name="cancellationToken">Cancels waiting and running commands. A commit that was sent is not cancelled.</param>
    /// <param name="member">Set by the compiler, for messages.</param>
    /// <param name="file">Set by the compiler, for messages.</param>
    /// <param name="line">Set by the compiler, for messages.</param>
    /// <returns>A task that completes when the work is committed and its connection is returned.</returns>
    /// <exception cref="ArgumentException">An option has an invalid value.</exception>
    /// <exception cref="PoolTimeoutException">No connection became available in time.</exception>
    /// <exception cref="SessionTimeoutException">The session exceeded its <c>Timeout</c>.</exception>
    /// <exception cref="ReadOnlySessionException">The session is read-only, and a statement wrote.</exception>
    /// <exception cref="SessionRejectedException">The pool is overloaded, or the engine is shutting down.</exception>
    /// <exception cref="NestedSessionException">The call is inside another session that holds a connection, and none is
    /// free.</exception>
    /// <exception cref="DatabaseUnavailableException">The database cannot be reached.</exception>
    /// <exception cref="SessionAbortedException">A statement failed and the work swallowed its error.</exception>
    /// <exception cref="SerializationConflictException">The work conflicted with another transaction in every attempt that <see
    /// cref="DbSessionOptions.Retries"/> allows.</exception>
    /// <exception cref="CommitOutcomeException">The connection was lost during COMMIT, or COMMIT exceeded <see
    /// cref="EngineOptions.CleanupTimeout"/>.</exception>
    /// <remarks>With <see cref="DbSessionOptions.Retries"/> the work is called again, with a new session, after a conflict with
    /// another transaction, a deadlock, or a connection lost before COMMIT was sent; not after the work has committed or called
    /// <see cref="DbSession.MarkExternalEffect"/>.</remarks>
    public Task RunAsync(
        Func<DbSession, CancellationToken, Task> work,
        DbSessionOptions? options,
        CancellationToken cancellationToken = default,
        [CallerMemberName] string member = "",
        [CallerFilePath] string file = "",
        [CallerLineNumber] int line = 0)
    {
        ArgumentNullException.ThrowIfNull(work);
        return RunAsync<bool>(work.WithResult(), options, cancellationToken, member, file, line);
    }

    /// <typeparam name="T">The type of the result.</typeparam>
    /// <inheritdoc cref="RunAsync(Func{DbSession, CancellationToken, Task}, DbSessionOptions?, CancellationToken, string,
    /// string, int)"/>
    /// <returns>The result of the work, after the commit.</returns>
    public Task<T> RunAsync<T>(
        Func<DbSession, CancellationToken, Task<T>> work,
        CancellationToken cancellationToken = default,
        [CallerMemberName] string member = "",
        [CallerFilePath] string file = "",
        [CallerLineNumber] int line = 0) =>
        RunAsync(work, options: null, cancellationToken, member, file, line);

    /// <typeparam name="T">The type of the result.</typeparam>
    /// <inheritdoc cref="RunAsync(Func{DbSession, CancellationToken, Task}, DbSessionOptions?, CancellationToken, string,
    /// string, int)"/>
    /// <returns>The result of the work, after the commit.</returns>
    public Task<T> RunAsync<T>(
        Func<DbSession, CancellationToken, Task<T>> work,
        DbSessionOptions? options,
        CancellationToken cancellationToken = default,
        [CallerMemberName] string member = "",
        [CallerFilePath] string file = "",
        [CallerLineNumber] int line = 0)
    {
        ArgumentNullException.ThrowIfNull(work);
        var own = options?.Copy().After(_defaults);
        var site = new CodeSite(member, file, line);
        return SessionRun.RunAsync(
            again => OpenSession(own, new SessionOrigin { Site = site, Aborted = cancellationToken, IsRetry = again }),
            work,
            cancellationToken);
    }

    /// <summary>Gets the engine's current numbers. Cheap enough to call once a second.</summary>
    /// <returns>The current numbers.</returns>
    public EngineSnapshot GetSnapshot() => _numbers.Snapshot();

    /// <summary>Gets the last events at the pool's gate, for the analysis of an incident.</summary>
    /// <returns>The events that led to the first rejection or timeout of the latest incident, or the most recent ones if there
    /// was none.</returns>
    public BlackBoxSnapshot GetBlackBox() => _numbers.BlackBox();

    /// <summary>Opens <see cref="EngineOptions.PoolSize"/> connections in advance, and compares the pool with the server's
    /// connection limit. If the pool exceeds what is available now, a warning is logged.</summary>
    /// <param name="cancellationToken">Cancels the operation; connections that are open stay open.</param>
    /// <returns>A task that completes when they are open, or as many as the server allows.</returns>
    /// <exception cref="DatabaseUnavailableException">The database cannot be reached, or allows no connection at
    /// all.</exception>
    /// <exception cref="OptionsValidationException">The pool can never fit the server's limit.</exception>
    public async Task WarmUpAsync(CancellationToken cancellationToken = default)
    {
        await _capacity.EnterAsync(cancellationToken).ConfigureAwait(false);
        await _filling.FillAsync(cancellationToken).ConfigureAwait(false);

        // Again after opening: of several workers that start at once, the last one sees them all.
        await _capacity.CheckAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Makes database types known that were created after the connections were opened, such as enums. Sessions then
    /// get new connections.</summary>
    /// <remarks>EF Core migrations with <c>MigrateAsync</c> and other set-up work do this automatically.</remarks>
    /// <returns>A task that completes when idle connections are closed. Those in use are closed when they are
    /// returned.</returns>
    public async Task ReloadTypesAsync()
    {
        await _source.CloseIdleAsync().ConfigureAwait(false);
        _supply.NoteLost();
    }

    /// <summary>Opens a session with options that do not change any more.</summary>
    internal DbSession OpenSession(DbSessionOptions? options, SessionOrigin origin)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        options?.ThrowIfInvalid();
        return new DbSession(_services, options ?? _defaults, origin);
    }

    /// <summary>Checks that the database answers, without a permit of the pool.</summary>
    /// <exception cref="DatabaseUnavailableException">It did not answer. While it is known to be down, it is not
    /// queried.</exception>
    internal Task ProbeAsync(CancellationToken cancellationToken) =>
        _availability.Refusal() is { } down ? Task.FromException(down) : _capacity.ProbeAsync(cancellationToken);
}
