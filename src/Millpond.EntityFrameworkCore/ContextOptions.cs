using System.Data.Common;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Millpond.EntityFrameworkCore;

/// <summary>Builds the options of contexts from the user's options and the additions for sessions or set-up work.</summary>
internal static class ContextOptions
{
    /// <summary>Collects the user's options.</summary>
    public static DbContextOptionsBuilder<TContext> Configure<TContext>(
        IServiceProvider? services, Action<DbContextOptionsBuilder> configure)
        where TContext : DbContext
    {
        var builder = new DbContextOptionsBuilder<TContext>();
        if (services is not null)
        {
            builder.UseApplicationServiceProvider(services);
        }

        configure(builder);
        foreach (var more in services?.GetServices<IDbContextOptionsConfiguration<TContext>>() ?? [])
        {
            more.Configure(services!, builder);   // ConfigureDbContext, and an AddDbContext in addition to AddSessionDbContext
        }

        return builder;
    }

    /// <summary>Builds the options of contexts on sessions.</summary>
    public static DbContextOptions<TContext> ForSessions<TContext>(DbContextOptionsBuilder<TContext> builder)
        where TContext : DbContext
    {
        Set(builder, SessionExtension.Instance);
        return builder.Options;
    }

    /// <summary>Builds the options of contexts for set-up work.</summary>
    /// <exception cref="ContextOptionsException">They have no provider, or a connection.</exception>
    public static DbContextOptions<TContext> ForSetUp<TContext>(
        DbContextOptionsBuilder<TContext> builder, DbConnection connection)
        where TContext : DbContext
    {
        Set(builder, ProviderOf(builder.Options, typeof(TContext)).WithConnection(connection, owned: true));

        // An in-memory database has only a session's connection. EF Core warns that it cannot add its functions to it, but it
        // has them.
        builder.ConfigureWarnings(static warnings => warnings.Ignore(SqliteUnexpectedConnectionType));
        return builder.Options;
    }

    /// <summary>Checks what a context adds to its options in <c>OnConfiguring</c>.</summary>
    /// <exception cref="ContextOptionsException">Sessions cannot serve the context.</exception>
    public static void ThrowIfInvalid(DbContext context)
    {
        var options = context.GetService<IDbContextOptions>();
        var provider = ProviderOf(options, context.GetType());
        if (provider.ExecutionStrategyFactory is { } factory &&
            factory(context.GetService<ExecutionStrategyDependencies>()).RetriesOnFailure)
        {
            throw new ContextOptionsException(
                $"{context.GetType().Name} is configured with its own retries (EnableRetryOnFailure; Aspire's " +
                "EnrichNpgsqlDbContext sets it unless DisableRetry is true), but a statement cannot be retried inside a " +
                "session's transaction. Remove that, and set Retries on the session, which runs the whole unit of work again.");
        }

        var unserved = options.FindExtension<CoreOptionsExtension>()?.Interceptors?
            .FirstOrDefault(static one => one is IDbConnectionInterceptor or IDbTransactionInterceptor);
        if (unserved is not null)
        {
            throw new ContextOptionsException(
                $"{context.GetType().Name} uses {unserved.GetType().Name}, an interceptor of connections or transactions, " +
                "which cannot work: the session opens the connection and begins and ends the transaction, and EF Core never " +
                "calls it. Set a tenant or role with OnBegin, add functions where the database is configured (UseSqlite), " +
                "and use BeforeCommit, AfterCommit and AfterRollback of the session.");
        }
    }

    /// <summary>Gets EF Core's provider.</summary>
    /// <exception cref="ContextOptionsException">There is none, there are several, or it has a connection.</exception>
    public static RelationalOptionsExtension ProviderOf(IDbContextOptions options, Type context) =>
        options.Extensions.Where(static one => one.Info.IsDatabaseProvider).ToList() switch
        {
            [] => throw new ContextOptionsException(
                $"{context.Name} has no database provider. Configure the engine's provider in AddSessionDbContext: " +
                "options.UseNpgsql() or options.UseSqlite()."),
            [RelationalOptionsExtension { Connection: null, ConnectionString: null } provider]
                when !DriverSettings.HasDataSource(provider) => ThrowIfOutdated(provider, context),
            [_] => throw new ContextOptionsException(
                $"{context.Name} is configured with a connection, but its sessions provide the connection to the engine's " +
                "database. Remove it in AddSessionDbContext: options.UseNpgsql() or options.UseSqlite(). " + InTests),
            _ => throw new ContextOptionsException(
                $"{context.Name} has several database providers: AddSessionDbContext configures one, and AddDbContext or " +
                "ConfigureDbContext another. Remove that. " + InTests),
        };

    /// <summary>Creates the error for options in the container that are not those of <c>AddSessionDbContext</c>.</summary>
    public static ContextOptionsException Replaced(Type context) => new(
        $"The DbContextOptions<{context.Name}> of AddSessionDbContext were replaced, for example by AddDbContext, so the " +
        "context would use another database than its session. Remove that. " + InTests);

    private static readonly EventId SqliteUnexpectedConnectionType = new(CoreEventId.ProviderBaseId + 100);

    /// <summary>Checks that the provider was built for the running EF Core. NuGet only warns about other combinations.</summary>
    private static RelationalOptionsExtension ThrowIfOutdated(RelationalOptionsExtension provider, Type context)
    {
        var running = typeof(RelationalOptionsExtension).Assembly.GetName();
        var assembly = provider.GetType().Assembly;
        var built = assembly.GetReferencedAssemblies().FirstOrDefault(one => one.Name == running.Name);
        return built?.Version is { } version && version.Major != running.Version!.Major
            ? throw new ContextOptionsException(
                $"{context.Name} uses {assembly.GetName().Name} {assembly.GetName().Version}, which is built for EF Core " +
                $"{version.Major}, but the application runs EF Core {running.Version.Major}. Install version " +
                $"{running.Version.Major} of the package.")
            : provider;
    }

    private const string InTests =
        "In a test, set the engine's database instead: builder.UseSetting(\"ConnectionStrings:default\", \"sqlite:test.db\"); " +
        "to change EF Core's provider too, call services.RemoveAll<TContext>() and AddSessionDbContext<TContext> again.";

    private static void Set(DbContextOptionsBuilder builder, IDbContextOptionsExtension extension) =>
        ((IDbContextOptionsBuilderInfrastructure)builder).AddOrUpdateExtension(extension);
}
