using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Microsoft.EntityFrameworkCore;
using Millpond.Engine;

namespace Millpond.EntityFrameworkCore;

/// <summary>Finds the registration of a context by the engine it was made for.</summary>
internal static class SetUpContexts
{
    private static readonly ConditionalWeakTable<DbEngine, ConcurrentDictionary<Type, object>> Known = [];

    public static void Register<TContext>(DbEngine engine, SessionContexts<TContext> contexts)
        where TContext : DbContext =>
        Known.GetOrCreateValue(engine)[typeof(TContext)] = contexts;

    /// <exception cref="InvalidOperationException">There is none.</exception>
    public static SessionContexts<TContext> Find<TContext>(DbEngine engine)
        where TContext : DbContext =>
        Known.TryGetValue(engine, out var all) && all.TryGetValue(typeof(TContext), out var found)
        ? (SessionContexts<TContext>)found
        : throw new InvalidOperationException(
            $"Engine '{engine.Name}' knows no {typeof(TContext).Name}: it was not made by AddMillpond beside " +
            $"AddSessionDbContext<{typeof(TContext).Name}>. Say how the context is configured: options => options.UseNpgsql().");
}
