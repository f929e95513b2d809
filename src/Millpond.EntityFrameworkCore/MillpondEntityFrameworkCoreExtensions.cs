using Microsoft.EntityFrameworkCore;
using Millpond.EntityFrameworkCore;
using Millpond.Hosting;

#pragma warning disable IDE0130 // Add… lives in Microsoft's namespace, so that users find it without a using.
namespace Microsoft.Extensions.DependencyInjection;
#pragma warning restore IDE0130

/// <summary>Registers contexts of EF Core that work on Millpond's sessions.</summary>
public static class MillpondEntityFrameworkCoreExtensions
{
    /// <summary>Adds a context of EF Core whose connection and transaction are the scope's session's.</summary>
    /// <typeparam name="TContext">The class of the context; it has a constructor that takes its options.</typeparam>
    /// <param name="services">The services.</param>
    /// <param name="configure">Chooses EF's provider, without a connection: <c>options.UseNpgsql()</c>. Called once where
    /// contexts are pooled, with the host's services; else for each context, with its scope's.</param>
    /// <param name="pooled">Whether contexts are reused. False for a context that takes scoped services.</param>
    /// <param name="sessions">Changes how they live on sessions; null: the defaults.</param>
    /// <returns>The services.</returns>
    /// <remarks>
    /// <para>Injecting <typeparamref name="TContext"/> leases nothing; its first statement does. <c>SaveChangesAsync</c> never
    /// commits: the session does, at its commit point, with whatever else ran on it. A transaction begun on the context is a
    /// savepoint of the session's, and so is each save, so that one that fails can be followed by another.</para>
    /// <para><see cref="IDbContextFactory{TContext}"/> gives contexts that have a session of their own for background work: each
    /// statement, save and transaction commits by itself, as without Millpond, and disposing the context gives the connection
    /// back. It is a singleton where contexts are pooled, else scoped.</para>
    /// <para>EF's tools get contexts on an ordinary connection.</para>
    /// </remarks>
    /// <exception cref="ArgumentException">There is a registration of <typeparamref name="TContext"/> already.</exception>
    public static IServiceCollection AddSessionDbContext<TContext>(
        this IServiceCollection services,
        Action<IServiceProvider, DbContextOptionsBuilder> configure,
        bool pooled = true,
        Action<SessionDbContextOptions>? sessions = null)
        where TContext : DbContext
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(configure);
        if (services.Any(static service => service.ServiceType == typeof(TContext)))
        {
            throw new ArgumentException($"{typeof(TContext).Name} is registered already; remove the other registration.");
        }

        var options = new SessionDbContextOptions();
        sessions?.Invoke(options);
        var plan = ContextPlan.For(configure, pooled, options);
        var lifetime = pooled ? ServiceLifetime.Singleton : ServiceLifetime.Scoped;
        services.AddSingleton(provider => new SessionContexts<TContext>(provider, plan));
        services.AddSingleton<EngineAddition>(new ContextAddition<TContext>(plan));
        services.AddScoped(static scope => scope.GetRequiredService<SessionContexts<TContext>>().Lease(scope));
        services.Add(new ServiceDescriptor(
            typeof(DbContextOptions<TContext>),
            static scope => scope.GetRequiredService<SessionContexts<TContext>>().OptionsOf(scope),
            lifetime));
        services.Add(new ServiceDescriptor(
            typeof(DbContextOptions), static scope => scope.GetRequiredService<DbContextOptions<TContext>>(), lifetime));
        services.Add(new ServiceDescriptor(
            typeof(IDbContextFactory<TContext>), typeof(SessionDbContextFactory<TContext>), lifetime));
        return services;
    }
}
