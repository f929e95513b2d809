using Millpond.Providers;

namespace Millpond.Engine;

/// <summary>A connection string and where it is from.</summary>
/// <param name="Name">The source, for messages.</param>
/// <param name="Text">The string; null: it is taken back.</param>
/// <param name="Owner">The provider that it was given to; null: none, so that the string decides.</param>
/// <param name="IsConfigured">Whether it is from the configuration.</param>
internal sealed record ConnectionStringSource(string Name, string? Text, DatabaseProvider? Owner, bool IsConfigured = false)
{
    /// <summary>Without the string, which may have a password.</summary>
    public override string ToString() => Name;
}
