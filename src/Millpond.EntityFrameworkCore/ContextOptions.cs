using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Storage;
using Microsoft.Extensions.DependencyInjection;
using Millpond.Engine;

namespace Millpond.EntityFrameworkCore;

/// <summary>Makes the options of contexts: the user's, with what the session decides.</summary>
internal static class ContextOptions
{
    /// <exception cref="InvalidOperationException">They choose no provider, or a connection, or to retry.</exception>
    public static DbContextOptions<TContext> Build<TContext>(
        IServiceProvider? services, Action<DbContextOptionsBuilder> configure)
        where TContext : DbContext
    {
        var builder = new DbContextOptionsBuilder<TContext>();
        if (services is not null)
        {
            builder.UseApplicationServiceProvider(services);
            foreach (var more in services.GetServices<IDbContextOptionsConfiguration<TContext>>())
            {
                more.Configure(services, builder);
            }
        }

        configure(builder);
        Set(builder, WithoutRetries(Check(FindProvider(builder.Options), typeof(TContext)), typeof(TContext)));
        return builder.Options;
    }

    /// <summary>Gets EF's provider.</summary>
    public static RelationalOptionsExtension ProviderOf(DbContextOptions options) => FindProvider(options)!;

    /// <summary>Copies options, with an ordinary connection to an engine's database that goes with the context.</summary>
    public static DbContextOptions<TContext> On<TContext>(DbContextOptions<TContext> options, DbEngine engine)
        where TContext : DbContext
    {
        var builder = new DbContextOptionsBuilder<TContext>(options);
        Set(builder, ProviderOf(options).WithConnection(engine.Source.CreateConnection(), owned: true));
        return builder.Options;
    }

    /// <summary>Makes sure that a context, whatever it says of itself in <c>OnConfiguring</c>, does not retry.</summary>
    /// <exception cref="InvalidOperationException">It does.</exception>
    public static void ThrowIfRetrying(DbContext context)
    {
        if (context.Database.CreateExecutionStrategy().RetriesOnFailure)
        {
            throw Retries(context.GetType());
        }
    }

    private static RelationalOptionsExtension? FindProvider(DbContextOptions options) =>
        options.Extensions.OfType<RelationalOptionsExtension>().FirstOrDefault();

    private static void Set(DbContextOptionsBuilder builder, RelationalOptionsExtension provider) =>
        ((IDbContextOptionsBuilderInfrastructure)builder).AddOrUpdateExtension(provider);

    private static RelationalOptionsExtension Check(RelationalOptionsExtension? provider, Type context) =>
        provider is null
        ? throw new InvalidOperationException(
            $"{context.Name} has no database provider. Choose the one of the engine's database at AddSessionDbContext: " +
            "options.UseNpgsql() or options.UseSqlite().")
        : provider.Connection is not null || provider.ConnectionString is not null
        ? throw new InvalidOperationException(
            $"{context.Name} has a connection of its own, but its sessions bring theirs, and the engine knows the database. " +
            "Leave it out at AddSessionDbContext: options.UseNpgsql() or options.UseSqlite().")
        : provider;

    /// <summary>Has nothing retried by EF: a statement tried again in a transaction that has failed can only fail, and the unit
    /// of a retry is the whole transaction (S17).</summary>
    private static RelationalOptionsExtension WithoutRetries(RelationalOptionsExtension provider, Type context)
    {
        var chosen = provider.ExecutionStrategyFactory;
        return provider.WithExecutionStrategyFactory(dependencies =>
            chosen?.Invoke(dependencies) is { RetriesOnFailure: true }
                ? throw Retries(context)
                : new NonRetryingExecutionStrategy(dependencies));
    }

    private static InvalidOperationException Retries(Type context) => new(
        $"{context.Name} is configured to retry by itself (EnableRetryOnFailure), but a statement cannot be tried again inside " +
        "a session's transaction. Remove that, and set Retries on the session, which does the whole work again.");
}
