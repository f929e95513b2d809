using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Microsoft.EntityFrameworkCore;

namespace Millpond.EntityFrameworkCore;

/// <summary>Finds the registration of a context by its engine.</summary>
internal static class SetUpContexts
{
    private static readonly ConditionalWeakTable<DbEngine, ConcurrentDictionary<Type, object>> Known = [];

    public static void Register<TContext>(DbEngine engine, SessionContexts<TContext> contexts)
        where TContext : DbContext =>
        Known.GetOrCreateValue(engine)[typeof(TContext)] = contexts;

    /// <exception cref="InvalidOperationException">There is no registration.</exception>
    public static SessionContexts<TContext> Find<TContext>(DbEngine engine)
        where TContext : DbContext =>
        Known.TryGetValue(engine, out var all) && all.TryGetValue(typeof(TContext), out var found)
        ? (SessionContexts<TContext>)found
        : throw new InvalidOperationException(
            $"Engine '{engine.Name}' has no {typeof(TContext).Name}: the engine was not registered with AddMillpond together " +
            $"with AddSessionDbContext<{typeof(TContext).Name}>. Pass its configuration: options => options.UseNpgsql().");

    /// <summary>Runs set-up work on an engine that was created without a container.</summary>
    public static async Task<TResult> UseAsync<TContext, TResult>(
        DbEngine engine, Action<DbContextOptionsBuilder> configure, Func<TContext, Task<TResult>> work)
        where TContext : DbContext
    {
        var builder = ContextOptions.Configure<TContext>(null, configure);
        var provider = ContextOptions.ProviderOf(builder.Options, typeof(TContext));
        ConnectionFunctions.AddOnce(engine.Source, () => provider);
        var options = ContextOptions.ForSetUp(builder, OwnSession.SetUp(engine, typeof(TContext)));
        var context = (TContext)Activator.CreateInstance(typeof(TContext), options)!;
        await using (context.ConfigureAwait(false))
        {
            return await work(context).ConfigureAwait(false);
        }
    }
}
