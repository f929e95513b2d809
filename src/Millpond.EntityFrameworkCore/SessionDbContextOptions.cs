namespace Millpond;

/// <summary>The options of contexts on sessions.</summary>
/// <remarks>Not thread-safe. Read once, at registration.</remarks>
public sealed class SessionDbContextOptions
{
    /// <summary>Gets or sets the engine whose sessions they use.</summary>
    /// <value>The name given to <c>AddMillpond</c>. Default null: the only engine, or the one named <c>default</c>.</value>
    public string? EngineName { get; set; }

    /// <summary>Gets or sets what happens to unsaved changes when the session commits.</summary>
    /// <value>Default <see cref="UnsavedChanges.Throw"/>.</value>
    public UnsavedChanges UnsavedChanges { get; set; }

    /// <summary>Gets or sets how many contexts are kept for reuse.</summary>
    /// <value>At least 1. Default 1,024, as in EF Core. If more are in use, they are created each time. This is independent of
    /// the engine's connection pool.</value>
    public int PoolSize { get; set; } = 1024;
}
