using Microsoft.EntityFrameworkCore;

namespace Millpond.EntityFrameworkCore;

/// <summary>Creates contexts with their own sessions, for work outside requests.</summary>
internal sealed class SessionDbContextFactory<TContext>(IServiceProvider services, SessionContexts<TContext> contexts)
    : IDbContextFactory<TContext>
    where TContext : DbContext
{
    public TContext CreateDbContext() => contexts.CreateOwn(services);
}
