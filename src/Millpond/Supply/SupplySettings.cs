using Microsoft.Extensions.Logging;

namespace Millpond.Supply;

/// <summary>What a <see cref="ConnectionSupply"/> needs from its engine.</summary>
internal sealed class SupplySettings
{
    public required string EngineName { get; init; }

    public required TimeSpan OpenTimeout { get; init; }

    /// <summary>Gets a function that returns whether a statement of any session has succeeded since a timestamp.</summary>
    public required Func<long, bool> HasSucceededSince { get; init; }

    /// <summary>Gets a function that adds details to the error if the server rejects a connection because it is full.</summary>
    public required Func<DatabaseUnavailableException, DatabaseUnavailableException> Refused { get; init; }

    /// <summary>Gets what to do when an idle connection was found dead.</summary>
    public Action FoundStale { get; init; } = static () => { };

    public required TimeProvider Time { get; init; }

    public required ILogger Logger { get; init; }
}
