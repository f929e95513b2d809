using Microsoft.EntityFrameworkCore;

namespace Millpond.EntityFrameworkCore;

/// <summary>What one registration of contexts said.</summary>
internal sealed class ContextPlan
{
    private ContextPlan(Action<IServiceProvider, DbContextOptionsBuilder> configure, bool pooled, SessionDbContextOptions options)
    {
        Configure = configure;
        Pooled = pooled;
        PoolSize = options.PoolSize;
        EngineName = options.EngineName;
        UnsavedChanges = options.UnsavedChanges;
    }

    public Action<IServiceProvider, DbContextOptionsBuilder> Configure { get; }

    public bool Pooled { get; }

    public int PoolSize { get; }

    public string? EngineName { get; }

    public UnsavedChanges UnsavedChanges { get; }

    /// <exception cref="ArgumentException">An option is wrong.</exception>
    public static ContextPlan For(
        Action<IServiceProvider, DbContextOptionsBuilder> configure, bool pooled, SessionDbContextOptions options)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(options.PoolSize, 1);
        return Enum.IsDefined(options.UnsavedChanges)
            ? new ContextPlan(configure, pooled, options)
            : throw new ArgumentException($"UnsavedChanges is {options.UnsavedChanges}; use Throw, Save or Ignore.");
    }
}
