namespace Millpond.EntityFrameworkCore;

/// <summary>How contexts of one class live on sessions.</summary>
/// <remarks>Not thread-safe; it is read once, at the registration.</remarks>
public sealed class SessionDbContextOptions
{
    /// <summary>Gets or sets the engine whose sessions they use.</summary>
    /// <value>The name given to <c>AddMillpond</c>. Default null: the only engine, or the one named <c>default</c>.</value>
    public string? EngineName { get; set; }

    /// <summary>Gets or sets what becomes of changes that nobody saved when the session is to commit.</summary>
    /// <value>Default <see cref="UnsavedChanges.Throw"/>.</value>
    public UnsavedChanges UnsavedChanges { get; set; }

    /// <summary>Gets or sets how many contexts are kept for reuse.</summary>
    /// <value>At least 1. Default 1,024, as in EF Core. More may be in use at a time; these are made anew. Not the pool of
    /// connections, which is the engine's.</value>
    public int PoolSize { get; set; } = 1024;
}
