using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.Extensions.DependencyInjection;
using Millpond.Hosting;
using Millpond.Providers;

namespace Millpond.EntityFrameworkCore;

/// <summary>Creates the contexts of one class: for sessions, with their own session, and for set-up work.</summary>
/// <remarks>Thread-safe; a singleton.</remarks>
/// <param name="root">The root services.</param>
/// <param name="configure">Configures EF Core's provider.</param>
/// <param name="pooled">Whether contexts are reused.</param>
/// <param name="options">How the contexts use sessions.</param>
internal sealed class SessionContexts<TContext>(
    IServiceProvider root,
    Action<IServiceProvider, DbContextOptionsBuilder> configure,
    bool pooled,
    SessionDbContextOptions options) : EngineAddition
    where TContext : DbContext
{
    private static readonly ObjectFactory<TContext> New = FindConstructor();

    private PooledDbContextFactory<TContext>? _pool;
    private ConnectionSource? _withFunctions;
    private volatile bool _isChecked;

    /// <summary>Gets a context for the session of a scope. Does no I/O (E02).</summary>
    public TContext Lease(IServiceProvider scope)
    {
        if (EF.IsDesignTime)
        {
            return CreateSetUp(scope, EngineOf(scope));
        }

        var session = options.EngineName is { } name
            ? scope.GetRequiredKeyedService<DbSession>(name)
            : scope.GetRequiredService<DbSession>();
        AddMissingFunctions(session.Services.Source);
        var context = pooled ? PoolOf(OptionsOf(scope)).CreateDbContext() : New(scope, [OptionsOf(scope)]);
        return Bound(
            context,
            (session, options.UnsavedChanges),
            static (bound, to) => EnrolledContext.Bind(bound, to.session, to.UnsavedChanges));
    }

    /// <summary>Creates a context with its own session, which ends with it.</summary>
    public TContext CreateOwn(IServiceProvider services)
    {
        var engine = EngineOf(services);
        if (EF.IsDesignTime)
        {
            return CreateSetUp(services, engine);
        }

        AddMissingFunctions(engine.Source);
        return Bound(New(services, [OptionsOf(services)]), (engine, services), static (context, to) =>
            context.Database.SetDbConnection(
                OwnSession.Open(to.engine, typeof(TContext), to.services), contextOwnsConnection: true));
    }

    /// <summary>Runs set-up work with a context in a scope of its own.</summary>
    public async Task<TResult> UseSetUpAsync<TResult>(DbEngine engine, Func<TContext, Task<TResult>> work)
    {
        var scope = root.CreateAsyncScope();
        await using (scope.ConfigureAwait(false))
        {
            var context = CreateSetUp(scope.ServiceProvider, engine);
            await using (context.ConfigureAwait(false))
            {
                return await work(context).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Builds the options of contexts on sessions.</summary>
    /// <exception cref="ContextOptionsException">Sessions cannot serve the context.</exception>
    public DbContextOptions<TContext> Build(IServiceProvider services)
    {
        var builder = Configure(services);
        if (!_isChecked)   // all contexts have the same configuration
        {
            var provider = ContextOptions.ProviderOf(builder.Options, typeof(TContext));
            var engine = services.GetRequiredKeyedService<DbEngine>(EngineName(services));
            DriverSettings.ThrowIfUnknown(builder.Options, provider, engine, typeof(TContext));
        }

        return ContextOptions.ForSessions(builder);
    }

    public override void AddTo(IServiceProvider services, DbEngine engine)
    {
        if ((options.EngineName ?? services.GetRequiredService<EngineNames>().Main) == engine.Name)
        {
            AddMissingFunctions(engine.Source);
            SetUpContexts.Register(engine, this);
        }
    }

    /// <summary>Creates a context as a request would, to check the configuration at startup.</summary>
    /// <exception cref="ContextOptionsException">Sessions cannot serve the context.</exception>
    public override async Task CheckAsync()
    {
        var scope = root.CreateAsyncScope();
        await using (scope.ConfigureAwait(false))
        {
            try
            {
                var context = Bound(New(scope.ServiceProvider, [OptionsOf(scope.ServiceProvider)]), 0, static (_, _) => { });
                await context.DisposeAsync().ConfigureAwait(false);
            }
            catch (Exception error) when (error is not ContextOptionsException)
            {
                // An error of the user's own code, which may need a request. It will occur again when the context is used.
            }
        }
    }

    private static ObjectFactory<TContext> FindConstructor()
    {
        try
        {
            return ActivatorUtilities.CreateFactory<TContext>([typeof(DbContextOptions<TContext>)]);
        }
        catch (InvalidOperationException)
        {
            // There are several constructors with options, so the container chooses one.
            return static (services, arguments) => ActivatorUtilities.CreateInstance<TContext>(services, arguments!);
        }
    }

    /// <summary>Creates a context for work that cannot run on a session.</summary>
    private TContext CreateSetUp(IServiceProvider services, DbEngine engine)
    {
        AddMissingFunctions(engine.Source);
        return New(services, [ContextOptions.ForSetUp(Configure(services), OwnSession.SetUp(engine, typeof(TContext)))]);
    }

    /// <summary>Adds to an engine's connections what EF Core's provider needs (E04).</summary>
    private void AddMissingFunctions(ConnectionSource source)
    {
        if (!ReferenceEquals(_withFunctions, source))   // usually
        {
            ConnectionFunctions.AddOnce(source, () =>
            {
                using var scope = root.CreateScope();   // called when any connection is opened
                return ContextOptions.ProviderOf(Configure(scope.ServiceProvider).Options, typeof(TContext));
            });
            _withFunctions = source;
        }
    }

    private DbContextOptionsBuilder<TContext> Configure(IServiceProvider services) =>
        ContextOptions.Configure<TContext>(services, builder => configure(services, builder));

    /// <summary>Gets the options from the container, where a test may have replaced them.</summary>
    private static DbContextOptions<TContext> OptionsOf(IServiceProvider services)
    {
        var built = services.GetRequiredService<DbContextOptions<TContext>>();
        return built.FindExtension<SessionExtension>() is null ? throw ContextOptions.Replaced(typeof(TContext)) : built;
    }

    private PooledDbContextFactory<TContext> PoolOf(DbContextOptions<TContext> built) =>
        LazyInitializer.EnsureInitialized(ref _pool, () => new(built, options.PoolSize));

    private string EngineName(IServiceProvider services) =>
        options.EngineName ?? services.GetRequiredService<DbEngine>().Name;

    private DbEngine EngineOf(IServiceProvider services) =>
        services.GetRequiredService<EngineRouter>().Find(services, EngineName(services));

    private TContext Bound<TTo>(TContext context, TTo to, Action<TContext, TTo> bind)
    {
        try
        {
            if (!_isChecked)
            {
                ContextOptions.ThrowIfInvalid(context);
                _isChecked = true;
            }

            bind(context, to);
            return context;
        }
        catch
        {
            context.Dispose();
            throw;
        }
    }
}
