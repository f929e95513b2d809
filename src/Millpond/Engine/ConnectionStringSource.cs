using Millpond.Providers;

namespace Millpond.Engine;

/// <summary>A connection string and its source.</summary>
/// <param name="Name">The source, for messages.</param>
/// <param name="Text">The string; null if it was reset.</param>
/// <param name="Owner">The provider to which it was passed; null: the string's scheme selects one.</param>
/// <param name="IsConfigured">Whether it comes from the configuration.</param>
internal sealed record ConnectionStringSource(string Name, string? Text, DatabaseProvider? Owner, bool IsConfigured = false)
{
    /// <summary>Omits the string, which may contain a password.</summary>
    public override string ToString() => Name;
}
