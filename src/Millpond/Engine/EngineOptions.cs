using System.ComponentModel;
using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Millpond.Engine;
using Millpond.Providers;

namespace Millpond;

/// <summary>The settings of an engine.</summary>
/// <remarks>
/// <para>In a host they are named options, with the engine's name. The configuration (section <c>Millpond:{name}</c>) is read
/// first. Then <c>Configure</c> and the callback of <c>AddMillpond</c> run in the order of their registration, then
/// <c>PostConfigure</c>, then <c>Validate</c>. They are read once, when the host starts; changes of the configuration take
/// effect at the next start.</para>
/// <para>All faults are reported together, with their sources. None is corrected. Not thread-safe.</para>
/// </remarks>
public sealed class EngineOptions
{
    private readonly List<DatabaseProvider> _providers = [];
    private readonly List<ConnectionStringSource> _strings = [];
    private ConnectionStringSource? _checked;

    /// <summary>Gets or sets the connection string or URL.</summary>
    /// <value>A URL (<c>sqlite:bank.db</c>, <c>postgresql://user@host/db</c>) or an ADO.NET connection string. Default: the one
    /// passed to the provider (<c>UseSqlite("…")</c>), otherwise <c>ConnectionStrings:{engine's name}</c> of the configuration.
    /// Two different ones stop the start.</value>
    public string? ConnectionString
    {
        get => Chosen?.Text;
        set => SetConnectionString(new("EngineOptions.ConnectionString in code", value, Owner: null));
    }

    /// <summary>Gets or sets how many connections stay open, even when idle.</summary>
    /// <value>1 to 1,000. Default 10.</value>
    public int PoolSize { get; set; } = 10;

    /// <summary>Gets or sets how many connections may be open beyond <see cref="PoolSize"/> under load.</summary>
    /// <value>0 to 1,000. Default 5. They are closed soon after the demand ends.</value>
    public int MaxOverflow { get; set; } = 5;

    /// <summary>Gets or sets how long a session waits for a connection, including queue, opening and reset.</summary>
    /// <value>More than zero, at most 10 minutes. Default 30 s, like SQLAlchemy's <c>pool_timeout</c>.</value>
    public TimeSpan PoolTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Gets or sets the acceptable queueing delay.</summary>
    /// <value>More than zero, at most 1 minute. With <see cref="Timeout.InfiniteTimeSpan"/> no session is rejected in favour of
    /// others, which suits batch work. Default 25 ms, but never less than half of the time for which a connection is held. The
    /// pool is overloaded if for a second, or for ten times that hold time, even the shortest wait exceeded the target, more
    /// sessions arrived than were served, and the wait matters: a new session would wait for a tenth of its time or longer, or
    /// a waiting caller has left. It is also overloaded if a session had to be rejected. Then the newest sessions are served
    /// first, and sessions that have waited for twice the target are rejected with <see cref="SessionRejectedException"/>. A
    /// session is always rejected if its expected wait exceeds half of the time until its deadline.</value>
    public TimeSpan QueueTarget { get; set; } = TimeSpan.FromMilliseconds(25);

    /// <summary>Gets or sets how many sessions may wait for a connection.</summary>
    /// <value>1 to 1,000,000. Default 1,000.</value>
    public int MaxQueue { get; set; } = 1_000;

    /// <summary>Gets or sets how long opening a connection may take.</summary>
    /// <value>More than zero, at most 5 minutes. Default 15 s, like Npgsql's <c>Timeout</c>, which overrides it if the
    /// connection string sets it. A session waits for the opening until its own deadline; the opening then continues for the
    /// next session.</value>
    public TimeSpan OpenTimeout { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>Gets or sets how long a commit, a rollback and the clean-up of a session may take.</summary>
    /// <value>More than zero, at most 5 minutes. Default 5 s. After that the connection's state is unknown, and it is
    /// closed.</value>
    public TimeSpan CleanupTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Gets or sets how long each hook that runs after a commit or a rollback may take.</summary>
    /// <value>More than zero, at most 5 minutes. Default 5 s. After that the response no longer waits for the hook.</value>
    public TimeSpan HookTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Gets or sets how many jobs may wait in <c>BackgroundSessions</c>.</summary>
    /// <value>1 to 1,000,000. Default 1,000. A job counts from <c>Enqueue</c>, before its session's commit, until it begins.
    /// Further jobs are rejected.</value>
    public int BackgroundCapacity { get; set; } = 1_000;

    /// <summary>Gets or sets how many jobs of <c>BackgroundSessions</c> run concurrently.</summary>
    /// <value>1 to 1,000. Default 2. Never more than the pool has permits. With one, jobs run in the order in which they were
    /// enqueued.</value>
    public int BackgroundWorkers { get; set; } = 2;

    /// <summary>Gets or sets how long a session may hold its connection before a warning is logged.</summary>
    /// <value>More than zero; <see cref="Timeout.InfiniteTimeSpan"/> for never. Default 60 s. The warning is late by at most a
    /// quarter of that, and at most 5 s. The return of the connection is logged too.</value>
    public TimeSpan LeakThreshold { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>Gets or sets whether the stack trace of each command is captured, for the list of holders and for <see
    /// cref="SessionConcurrencyException"/>.</summary>
    /// <value>Default false. It costs about 0.3 ms and 70 kB per command, measured on .NET 10. Use it for debugging, not in
    /// production.</value>
    public bool CaptureStacks { get; set; }

    /// <summary>Gets or sets what happens if a session is called synchronously.</summary>
    /// <value>Default <see cref="SyncCalls.Throw"/>.</value>
    public SyncCalls SyncCalls { get; set; } = SyncCalls.Throw;

    /// <summary>Gets or sets whether <see cref="PoolSize"/> connections are opened before the server accepts
    /// requests.</summary>
    /// <value>Default true. If the database cannot be reached, this is logged and does not stop the start.</value>
    public bool WarmUp { get; set; } = true;

    /// <summary>Gets or sets the base folder of relative file names.</summary>
    /// <value>Default null: the application's content root in a host, otherwise the current directory.</value>
    public string? ContentRoot { get; set; }

    /// <summary>Gets the session defaults of the engine, which each session may override.</summary>
    public DbSessionOptions Session { get; } = new();

    /// <summary>Gets or sets the logger factory.</summary>
    /// <value>Default: the host's in a host, otherwise no logging.</value>
    public ILoggerFactory LoggerFactory { get; set; } = NullLoggerFactory.Instance;

    /// <summary>Gets or sets the source of time.</summary>
    /// <value>Default: the system's. A <see cref="System.TimeProvider"/> in the service collection is not used, because a
    /// test's clock would stop the engine's time limits.</value>
    public TimeProvider TimeProvider { get; set; } = TimeProvider.System;

    /// <summary>Gets or sets the host's services, or null.</summary>
    internal IServiceProvider? Services { get; init; }

    internal IReadOnlyList<DatabaseProvider> Providers => _providers;

    /// <summary>Gets the values of the configuration, or null.</summary>
    internal ConfiguredOptions? Configured { get; init; }

    /// <summary>Gets the effective connection string, or null.</summary>
    internal ConnectionStringSource? Chosen => _strings.LastOrDefault() ?? _checked;

    /// <summary>Adds a provider. The connection string selects one of those that were added.</summary>
    /// <param name="provider">The provider. It replaces an earlier one of its class.</param>
    /// <param name="connectionString">Its connection string or URL; null to use the one from the options or the
    /// configuration.</param>
    /// <returns>These options.</returns>
    /// <remarks>For provider authors: the body of their <c>Use…</c> method.</remarks>
    [Experimental(ProviderSeam.Id)]
    [EditorBrowsable(EditorBrowsableState.Never)]
    public EngineOptions UseProvider(DatabaseProvider provider, string? connectionString)
    {
        ArgumentNullException.ThrowIfNull(provider);
        _providers.RemoveAll(other => other.GetType() == provider.GetType());
        _providers.Add(provider);
        if (connectionString is not null)
        {
            SetConnectionString(new($"the one for {provider.Name} in code", connectionString, provider));
        }

        return this;
    }

    /// <summary>Sets a connection string. Null removes those that code has set.</summary>
    internal void SetConnectionString(ConnectionStringSource source)
    {
        _strings.RemoveAll(other => other.Name == source.Name || (source.Text is null && !other.IsConfigured));
        _checked = null;
        if (source.Text is not null)
        {
            _strings.Add(source);
        }
    }

    /// <summary>Reports connection strings that differ; those that follow replace them.</summary>
    internal void CheckConnectionStrings(ICollection<string> faults)
    {
        if (_strings.DistinctBy(static one => one.Text).Count() > 1)
        {
            faults.Add("The engine has different connection strings: " +
                $"{string.Join(", ", _strings.Select(static one => one.Name))}. " +
                "Keep one of them. (In a test, replace it with services.PostConfigure<EngineOptions>.)");
        }

        _checked = Chosen;
        _strings.Clear();
    }
}
