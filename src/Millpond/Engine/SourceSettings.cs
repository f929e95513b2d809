using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Logging;

namespace Millpond.Providers;

/// <summary>The settings from which a provider creates its source of connections.</summary>
[Experimental(ProviderSeam.Id)]
public sealed class SourceSettings
{
    /// <summary>Gets the engine's name.</summary>
    public required string EngineName { get; init; }

    /// <summary>Gets the driver's connection string.</summary>
    public required string ConnectionString { get; init; }

    /// <summary>Gets how many connections stay open when idle.</summary>
    public required int PoolSize { get; init; }

    /// <summary>Gets how many connections may be open beyond that under load.</summary>
    public required int MaxOverflow { get; init; }

    /// <summary>Gets how long opening a connection may take.</summary>
    public required TimeSpan OpenTimeout { get; init; }

    /// <summary>Gets the defaults of transactions and of single statements.</summary>
    /// <value>The engine-wide isolation level, read-only mode and statement timeout. A provider should set them when it opens a
    /// connection, so that they cost nothing later.</value>
    public TransactionSettings Defaults { get; init; }

    /// <summary>Gets the base folder of relative file names.</summary>
    /// <value>The application's content root in a host, otherwise the current directory.</value>
    public required string ContentRoot { get; init; }

    /// <summary>Gets the host's services, or null.</summary>
    public IServiceProvider? Services { get; init; }

    /// <summary>Gets the source of time.</summary>
    public required TimeProvider Time { get; init; }

    /// <summary>Gets the logger factory.</summary>
    public required ILoggerFactory LoggerFactory { get; init; }
}
