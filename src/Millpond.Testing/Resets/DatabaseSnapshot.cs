namespace Millpond.Testing.Resets;

/// <summary>What a database held at an instant, as its watch needs it to find out what has changed since.</summary>
internal abstract class DatabaseSnapshot;
