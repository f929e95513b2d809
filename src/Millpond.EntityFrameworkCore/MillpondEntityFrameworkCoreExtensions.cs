using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Millpond;
using Millpond.EntityFrameworkCore;
using Millpond.Hosting;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers EF Core contexts that use sessions.</summary>
public static class MillpondEntityFrameworkCoreExtensions
{
    /// <summary>Adds an EF Core context that uses the connection and transaction of its scope's session.</summary>
    /// <typeparam name="TContext">The class of the context; it has a constructor that takes its options.</typeparam>
    /// <param name="services">The services.</param>
    /// <param name="configure">Configures EF Core's provider, without a connection: <c>options.UseNpgsql()</c>. Called for each
    /// context with its scope's services; with pooling, once with the root services.</param>
    /// <param name="pooled">Whether contexts are reused, as with <c>AddDbContextPool</c>. Default false. A pooled context keeps
    /// state that EF Core does not manage: a property or field of yours, such as the tenant of a query filter, keeps its value
    /// when the next request gets the context. Set it on each use, or do not pool. (Do not implement <c>IResettableService</c>
    /// on the context: it replaces EF Core's own reset.) A context with scoped services in its constructor cannot be
    /// pooled.</param>
    /// <param name="sessions">Configures how the contexts use sessions; null for the defaults.</param>
    /// <returns>The services.</returns>
    /// <remarks>
    /// <para>Injecting <typeparamref name="TContext"/> takes no connection; its first statement does. <c>SaveChangesAsync</c>
    /// never commits: the session does, at its commit point, together with everything else that ran on it. A transaction that
    /// is begun on the context is a savepoint of the session's transaction, and so is each save, so a save that fails can be
    /// followed by another.</para>
    /// <para><see cref="IDbContextFactory{TContext}"/> creates contexts with their own sessions for background work: each
    /// statement, save and transaction commits on its own, as without Millpond, and disposing the context returns the
    /// connection. The factory can be injected anywhere. Its contexts use the services of the scope that it was injected
    /// in.</para>
    /// <para>For migrations and <c>EnsureCreated</c> use the engine (<see cref="MillpondEngineExtensions"/>). EF Core's tools
    /// get contexts on an ordinary connection.</para>
    /// <para>The start of the host fails with an <see cref="InvalidOperationException"/> if sessions cannot serve the context:
    /// it has a connection or data source of its own, retries, an interceptor of connections or transactions, driver settings
    /// that the engine lacks, or options that <c>AddDbContext</c> replaced.</para>
    /// </remarks>
    /// <exception cref="ArgumentException"><typeparamref name="TContext"/> is already registered.</exception>
    public static IServiceCollection AddSessionDbContext<TContext>(
        this IServiceCollection services,
        Action<IServiceProvider, DbContextOptionsBuilder> configure,
        bool pooled = false,
        Action<SessionDbContextOptions>? sessions = null)
        where TContext : DbContext
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(configure);
        if (services.Any(static service => service.ServiceType == typeof(TContext)))
        {
            throw new ArgumentException(
                $"{typeof(TContext).Name} is already registered. Remove that registration; to replace it in a test, call " +
                $"services.RemoveAll<{typeof(TContext).Name}>() first.");
        }

        var options = new SessionDbContextOptions();
        sessions?.Invoke(options);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.PoolSize, 1);
        if (!Enum.IsDefined(options.UnsavedChanges))
        {
            throw new ArgumentException($"UnsavedChanges is {options.UnsavedChanges}; use Throw, Save or Ignore.");
        }

        // Without pooling it is not scoped: a singleton may inject the factory and create contexts with the root services.
        var lifetime = pooled ? ServiceLifetime.Singleton : ServiceLifetime.Transient;
        services.AddSingleton(provider => new SessionContexts<TContext>(provider, configure, pooled, options));
        services.TryAddSingleton<ContextDatabases, RelationalDatabases>();
        services.AddSingleton<EngineAddition>(static provider => provider.GetRequiredService<SessionContexts<TContext>>());
        services.AddScoped(static scope => scope.GetRequiredService<SessionContexts<TContext>>().Lease(scope));
        services.Add(new ServiceDescriptor(
            typeof(DbContextOptions<TContext>),
            static scope => scope.GetRequiredService<SessionContexts<TContext>>().Build(scope),
            lifetime));
        services.Add(new ServiceDescriptor(
            typeof(DbContextOptions), static scope => scope.GetRequiredService<DbContextOptions<TContext>>(), lifetime));
        services.Add(new ServiceDescriptor(
            typeof(IDbContextFactory<TContext>), typeof(SessionDbContextFactory<TContext>), lifetime));
        return services;
    }
}
