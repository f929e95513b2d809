namespace Millpond;

/// <summary>The options of contexts on sessions.</summary>
/// <remarks>Not thread-safe; it is read once, at the registration.</remarks>
public sealed class SessionDbContextOptions
{
    /// <summary>Gets or sets the engine whose sessions they use.</summary>
    /// <value>The name given to <c>AddMillpond</c>. Default null: the only engine, or the one named <c>default</c>.</value>
    public string? EngineName { get; set; }

    /// <summary>Gets or sets what happens to unsaved changes when the session commits.</summary>
    /// <value>Default <see cref="UnsavedChanges.Throw"/>.</value>
    public UnsavedChanges UnsavedChanges { get; set; }

    /// <summary>Gets or sets how many contexts are kept for reuse.</summary>
    /// <value>At least 1. Default 1,024, as in EF Core. More may be in use at a time; those are created each time. It is
    /// independent of the engine's pool of connections.</value>
    public int PoolSize { get; set; } = 1024;
}
