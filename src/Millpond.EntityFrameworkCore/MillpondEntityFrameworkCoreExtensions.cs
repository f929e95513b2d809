using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Millpond;
using Millpond.EntityFrameworkCore;
using Millpond.Hosting;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers contexts of EF Core that work on Millpond's sessions.</summary>
public static class MillpondEntityFrameworkCoreExtensions
{
    /// <summary>Adds a context of EF Core whose connection and transaction are the scope's session's.</summary>
    /// <typeparam name="TContext">The class of the context; it has a constructor that takes its options.</typeparam>
    /// <param name="services">The services.</param>
    /// <param name="configure">Chooses EF's provider, without a connection: <c>options.UseNpgsql()</c>. Called for each context
    /// with its scope's services; where contexts are pooled, once with the host's.</param>
    /// <param name="pooled">Whether contexts are reused, as by <c>AddDbContextPool</c>. Default false. A pooled context keeps
    /// what EF does not know of: a property or field of yours, such as a tenant in a query filter, still has its value when the
    /// next request gets the context. So set it at each use, or do not pool. (Do not implement <c>IResettableService</c> on the
    /// context: that takes the place of EF's own reset.) A context that takes scoped services cannot be pooled.</param>
    /// <param name="sessions">Changes how they live on sessions; null: the defaults.</param>
    /// <returns>The services.</returns>
    /// <remarks>
    /// <para>Injecting <typeparamref name="TContext"/> leases nothing; its first statement does. <c>SaveChangesAsync</c> never
    /// commits: the session does, at its commit point, with whatever else ran on it. A transaction begun on the context is a
    /// savepoint of the session's, and so is each save, so that one that fails can be followed by another.</para>
    /// <para><see cref="IDbContextFactory{TContext}"/> gives contexts that have a session of their own for background work: each
    /// statement, save and transaction commits by itself, as without Millpond, and disposing the context gives the connection
    /// back. It can be injected everywhere; its contexts get the services of the scope that it was injected in.</para>
    /// <para>Migrations and <c>EnsureCreated</c> are the engine's work (<see cref="MillpondEngineExtensions"/>). EF's tools get
    /// contexts on an ordinary connection.</para>
    /// <para>The host's start stops with an <see cref="InvalidOperationException"/> where sessions cannot serve the context: a
    /// connection or data source of its own, retries, an interceptor of connections or transactions, settings of the driver that
    /// the engine lacks, options that <c>AddDbContext</c> replaced.</para>
    /// </remarks>
    /// <exception cref="ArgumentException">There is a registration of <typeparamref name="TContext"/> already.</exception>
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

        // Not scoped where they are not pooled: a singleton may have the factory, and makes contexts with the host's services.
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
