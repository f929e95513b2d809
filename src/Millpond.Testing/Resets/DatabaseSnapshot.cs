namespace Millpond.Testing.Resets;

/// <summary>The state of a database at one instant, for finding later changes.</summary>
internal abstract class DatabaseSnapshot;
