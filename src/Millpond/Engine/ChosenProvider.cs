using Millpond.Providers;

namespace Millpond.Engine;

/// <summary>The provider that an engine runs on, and the driver's connection string.</summary>
internal sealed record ChosenProvider(DatabaseProvider Provider, string ConnectionString);
