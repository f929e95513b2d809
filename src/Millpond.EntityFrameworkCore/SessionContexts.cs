using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.Extensions.DependencyInjection;
using Millpond.Connections;
using Millpond.Engine;
using Millpond.Hosting;
using Millpond.Sessions;

namespace Millpond.EntityFrameworkCore;

/// <summary>Makes the contexts of one class: for sessions, with a session of their own, and for set-up work.</summary>
/// <remarks>Thread-safe; a singleton.</remarks>
internal sealed class SessionContexts<TContext>
    where TContext : DbContext
{
    private readonly IServiceProvider _root;
    private readonly ContextPlan _plan;
    private readonly Lazy<DbContextOptions<TContext>> _options;
    private readonly Lazy<PooledDbContextFactory<TContext>> _pool;
    private volatile bool _isChecked;

    public SessionContexts(IServiceProvider services, ContextPlan plan)
    {
        _root = services;
        _plan = plan;
        _options = new(() => Build(services));
        _pool = new(() => new PooledDbContextFactory<TContext>(_options.Value, plan.PoolSize));
    }

    /// <summary>Takes a context for the session of a scope. Does no I/O (E02).</summary>
    public TContext Lease(IServiceProvider scope)
    {
        if (EF.IsDesignTime)
        {
            return CreateSetUp(scope, EngineOf(scope));
        }

        var session = _plan.EngineName is { } name
            ? scope.GetRequiredKeyedService<DbSession>(name)
            : scope.GetRequiredService<DbSession>();
        Equip(session.Services.Source);
        return Bound(
            _plan.Pooled ? _pool.Value.CreateDbContext() : Create(scope, OptionsOf(scope)),
            context => EnrolledContext.Bind(context, session, _plan.UnsavedChanges));
    }

    /// <summary>Makes a context that has a session of its own, which ends with it.</summary>
    public TContext CreateOwn(IServiceProvider services)
    {
        var engine = EngineOf(services);
        if (EF.IsDesignTime)
        {
            return CreateSetUp(services, engine);
        }

        Equip(engine.Source);
        return Bound(Create(services, OptionsOf(services)), context =>
        {
            var options = engine.SessionDefaults.Copy();
            options.Mode = SessionMode.Autocommit;
            var origin = new SessionOrigin { Operation = $"a {typeof(TContext).Name} of IDbContextFactory" };
            var session = engine.OpenSession(options, origin);
            context.Database.SetDbConnection(session.OwnedMapperConnection, contextOwnsConnection: true);
        });
    }

    /// <summary>Runs set-up work with a context in a scope of its own.</summary>
    public async Task UseSetUpAsync(DbEngine engine, Func<TContext, Task> work)
    {
        var scope = _root.CreateAsyncScope();
        await using (scope.ConfigureAwait(false))
        {
            var context = CreateSetUp(scope.ServiceProvider, engine);
            await using (context.ConfigureAwait(false))
            {
                await work(context).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Makes a context on an ordinary connection, for work that no session can do.</summary>
    public TContext CreateSetUp(IServiceProvider services, DbEngine engine) =>
        Create(services, ContextOptions.On(OptionsOf(services), engine));

    /// <summary>Gets the options of a scope's contexts: the same for all where they are pooled.</summary>
    public DbContextOptions<TContext> OptionsOf(IServiceProvider scope) => _plan.Pooled ? _options.Value : Build(scope);

    /// <summary>Has an engine's connections get what EF's provider expects of them (E04).</summary>
    public void Equip(ConnectionSource source) => ConnectionFunctions.AddOnce(source, () =>
    {
        using var scope = _root.CreateScope();   // it is asked when a connection opens, whoever's that is
        return ContextOptions.ProviderOf(OptionsOf(scope.ServiceProvider));
    });

    private static TContext Create(IServiceProvider services, DbContextOptions<TContext> options) =>
        ActivatorUtilities.CreateInstance<TContext>(services, options);

    private DbContextOptions<TContext> Build(IServiceProvider services) =>
        ContextOptions.Build<TContext>(services, builder => _plan.Configure(services, builder));

    private DbEngine EngineOf(IServiceProvider services) => services.GetRequiredService<EngineRouter>().Route(
        services, _plan.EngineName ?? services.GetRequiredService<DbEngine>().Name);

    private TContext Bound(TContext context, Action<TContext> bind)
    {
        try
        {
            if (!_isChecked)
            {
                ContextOptions.ThrowIfRetrying(context);
                _isChecked = true;
            }

            bind(context);
            return context;
        }
        catch
        {
            context.Dispose();
            throw;
        }
    }
}
