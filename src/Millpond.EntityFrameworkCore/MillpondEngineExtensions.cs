using Microsoft.EntityFrameworkCore;
using Millpond.Engine;

namespace Millpond.EntityFrameworkCore;

/// <summary>Set-up work that EF Core does with a database: migrations above all.</summary>
public static class MillpondEngineExtensions
{
    /// <summary>Applies the migrations that the database lacks.</summary>
    /// <typeparam name="TContext">The class of the context.</typeparam>
    /// <param name="engine">The engine of the database.</param>
    /// <param name="configure">Chooses EF's provider, without a connection. Null: as at <c>AddSessionDbContext</c>.</param>
    /// <param name="cancellationToken">Ends it between two migrations.</param>
    /// <returns>A task that ends when the database is up to date.</returns>
    /// <inheritdoc cref="UseSetUpContextAsync" path="/remarks|/exception"/>
    public static Task MigrateAsync<TContext>(
        this DbEngine engine,
        Action<DbContextOptionsBuilder>? configure = null,
        CancellationToken cancellationToken = default)
        where TContext : DbContext =>
        engine.UseSetUpContextAsync<TContext>(
            static (context, token) => context.Database.MigrateAsync(token), configure, cancellationToken);

    /// <summary>Makes the database and the tables of a context where there are none. For tests and prototypes: it knows no
    /// migrations.</summary>
    /// <typeparam name="TContext">The class of the context.</typeparam>
    /// <param name="engine">The engine of the database.</param>
    /// <param name="configure">Chooses EF's provider, without a connection. Null: as at <c>AddSessionDbContext</c>.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>A task that ends when they are there.</returns>
    /// <inheritdoc cref="UseSetUpContextAsync" path="/remarks|/exception"/>
    public static Task EnsureCreatedAsync<TContext>(
        this DbEngine engine,
        Action<DbContextOptionsBuilder>? configure = null,
        CancellationToken cancellationToken = default)
        where TContext : DbContext =>
        engine.UseSetUpContextAsync<TContext>(
            static (context, token) => context.Database.EnsureCreatedAsync(token), configure, cancellationToken);

    /// <summary>Does set-up work with a context on an ordinary connection.</summary>
    /// <typeparam name="TContext">The class of the context.</typeparam>
    /// <param name="engine">The engine of the database.</param>
    /// <param name="work">The work.</param>
    /// <param name="configure">Chooses EF's provider, without a connection. Null: as at <c>AddSessionDbContext</c>.</param>
    /// <param name="cancellationToken">Handed to the work.</param>
    /// <returns>A task that ends when the work has.</returns>
    /// <remarks>The connection belongs to no session: it is opened beside the engine's pool and its permits, and may begin and
    /// commit as it likes, which migrations do. On SQLite it blocks a thread while it works.</remarks>
    /// <exception cref="InvalidOperationException">The engine does not know the context, and nothing says how it is
    /// configured.</exception>
    /// <exception cref="NotSupportedException">The database has no second connection: it lives in memory.</exception>
    public static async Task UseSetUpContextAsync<TContext>(
        this DbEngine engine,
        Func<TContext, CancellationToken, Task> work,
        Action<DbContextOptionsBuilder>? configure = null,
        CancellationToken cancellationToken = default)
        where TContext : DbContext
    {
        ArgumentNullException.ThrowIfNull(engine);
        ArgumentNullException.ThrowIfNull(work);
        if (configure is null)
        {
            await SetUpContexts.Find<TContext>(engine).UseSetUpAsync(engine, context => work(context, cancellationToken))
                .ConfigureAwait(false);
            return;
        }

        var options = ContextOptions.On(ContextOptions.Build<TContext>(null, configure), engine);
        var context = (TContext)Activator.CreateInstance(typeof(TContext), options)!;
        await using (context.ConfigureAwait(false))
        {
            await work(context, cancellationToken).ConfigureAwait(false);
        }
    }
}
