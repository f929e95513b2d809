using Microsoft.EntityFrameworkCore;

namespace Millpond.EntityFrameworkCore;

/// <summary>What one registration of contexts said.</summary>
internal sealed record ContextPlan(
    Action<IServiceProvider, DbContextOptionsBuilder> Configure, bool Pooled, SessionDbContextOptions Options);
