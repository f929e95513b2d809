using Microsoft.Extensions.Logging;

namespace Millpond.Supply;

/// <summary>What a <see cref="ConnectionSupply"/> needs to know of its engine.</summary>
internal sealed class SupplySettings
{
    public required string EngineName { get; init; }

    public required TimeSpan OpenTimeout { get; init; }

    /// <summary>Gets what says whether any session's statement has succeeded since a timestamp.</summary>
    public required Func<long, bool> HasSucceededSince { get; init; }

    /// <summary>Gets what tells more about a connection that the server refused because it is full.</summary>
    public required Func<DatabaseUnavailableException, DatabaseUnavailableException> Refused { get; init; }

    public required TimeProvider Time { get; init; }

    public required ILogger Logger { get; init; }
}
