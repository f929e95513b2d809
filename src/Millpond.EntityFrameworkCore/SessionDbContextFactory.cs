using Microsoft.EntityFrameworkCore;

namespace Millpond.EntityFrameworkCore;

/// <summary>Gives contexts that have a session of their own, for work outside of requests.</summary>
internal sealed class SessionDbContextFactory<TContext>(IServiceProvider services, SessionContexts<TContext> contexts)
    : IDbContextFactory<TContext>
    where TContext : DbContext
{
    public TContext CreateDbContext() => contexts.CreateOwn(services);
}
