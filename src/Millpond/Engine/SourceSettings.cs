using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Logging;

namespace Millpond.Providers;

/// <summary>What a provider needs to know to make its source of connections.</summary>
[Experimental(ProviderSeam.Id)]
public sealed class SourceSettings
{
    /// <summary>Gets the engine's name.</summary>
    public required string EngineName { get; init; }

    /// <summary>Gets the driver's connection string.</summary>
    public required string ConnectionString { get; init; }

    /// <summary>Gets how many connections stay open when idle.</summary>
    public required int PoolSize { get; init; }

    /// <summary>Gets how many may be open beyond that while demand lasts.</summary>
    public required int MaxOverflow { get; init; }

    /// <summary>Gets how long the opening of a connection may take.</summary>
    public required TimeSpan OpenTimeout { get; init; }

    /// <summary>Gets what holds for every transaction, and for single statements, unless they say otherwise.</summary>
    /// <value>The engine-wide isolation level, read-only and statement timeout; whoever can sets them with the connection, so
    /// that they cost nothing later.</value>
    public TransactionSettings Defaults { get; init; }

    /// <summary>Gets the folder that relative file names belong to.</summary>
    /// <value>The application's content root under a host; else the current directory.</value>
    public required string ContentRoot { get; init; }

    /// <summary>Gets the host's services; null where there is no host.</summary>
    public IServiceProvider? Services { get; init; }

    /// <summary>Gets the source of time.</summary>
    public required TimeProvider Time { get; init; }

    /// <summary>Gets where to log.</summary>
    public required ILoggerFactory LoggerFactory { get; init; }
}
