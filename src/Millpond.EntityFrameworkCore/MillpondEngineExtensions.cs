using Microsoft.EntityFrameworkCore;
using Millpond.EntityFrameworkCore;
using Millpond.Providers;
using Millpond.Sessions;

namespace Millpond;

/// <summary>Set-up work of EF Core on an engine's database: migrations above all.</summary>
public static class MillpondEngineExtensions
{
    /// <summary>Applies the migrations that the database lacks.</summary>
    /// <typeparam name="TContext">The class of the context.</typeparam>
    /// <param name="engine">The engine of the database.</param>
    /// <param name="configure">Chooses EF's provider, without a connection. Null: as at <c>AddSessionDbContext</c>.</param>
    /// <param name="cancellationToken">Ends it between two migrations.</param>
    /// <returns>A task that ends when the database is up to date.</returns>
    /// <inheritdoc cref="RunSetupAsync{TContext}" path="/remarks|/exception"/>
    public static Task MigrateAsync<TContext>(
        this DbEngine engine,
        Action<DbContextOptionsBuilder>? configure = null,
        CancellationToken cancellationToken = default)
        where TContext : DbContext =>
        engine.RunSetupAsync<TContext>(
            static (context, token) => context.Database.MigrateAsync(token), configure, cancellationToken);

    /// <summary>Gets the names of the migrations that the database lacks.</summary>
    /// <inheritdoc cref="MigrateAsync" path="/typeparam|/param"/>
    /// <returns>The names, in the order in which they would be applied; empty when the database is up to date.</returns>
    /// <inheritdoc cref="RunSetupAsync{TContext}" path="/remarks|/exception"/>
    public static Task<IReadOnlyList<string>> GetPendingMigrationsAsync<TContext>(
        this DbEngine engine,
        Action<DbContextOptionsBuilder>? configure = null,
        CancellationToken cancellationToken = default)
        where TContext : DbContext =>
        engine.RunSetupAsync<TContext, IReadOnlyList<string>>(
            static async (context, token) => [.. await context.Database.GetPendingMigrationsAsync(token).ConfigureAwait(false)],
            configure,
            cancellationToken);

    /// <summary>Creates the database and the tables of a context where there are none. For tests and prototypes: it knows no
    /// migrations.</summary>
    /// <inheritdoc cref="MigrateAsync" path="/typeparam|/param"/>
    /// <returns>True when it created them, false when they were there.</returns>
    /// <inheritdoc cref="RunSetupAsync{TContext}" path="/remarks|/exception"/>
    public static Task<bool> EnsureCreatedAsync<TContext>(
        this DbEngine engine,
        Action<DbContextOptionsBuilder>? configure = null,
        CancellationToken cancellationToken = default)
        where TContext : DbContext =>
        engine.RunSetupAsync<TContext, bool>(
            static (context, token) => context.Database.EnsureCreatedAsync(token), configure, cancellationToken);

    /// <summary>Deletes the database, with everything in it. For tests and prototypes.</summary>
    /// <typeparam name="TContext">The class of the context.</typeparam>
    /// <param name="engine">The engine of the database. Nobody should be using it: sessions that hold a connection lose
    /// it.</param>
    /// <param name="configure">Chooses EF's provider, without a connection. Null: as at <c>AddSessionDbContext</c>.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>True when it deleted the database, false when there was none.</returns>
    /// <exception cref="NotSupportedException">The database lives in memory: it ends with its engine.</exception>
    /// <inheritdoc cref="RunSetupAsync{TContext}" path="/remarks|/exception"/>
    public static Task<bool> EnsureDeletedAsync<TContext>(
        this DbEngine engine,
        Action<DbContextOptionsBuilder>? configure = null,
        CancellationToken cancellationToken = default)
        where TContext : DbContext =>
        engine.RunSetupAsync<TContext, bool>(
            async (context, token) =>
            {
                if (context.Database.GetDbConnection() is SessionConnection)
                {
                    throw new NotSupportedException("An in-memory database ends with its engine. Dispose the engine instead.");
                }

                await engine.Source.CloseIdleAsync().ConfigureAwait(false);
                return await context.Database.EnsureDeletedAsync(token).ConfigureAwait(false);
            },
            configure,
            cancellationToken);

    /// <summary>Does set-up work with a context on an ordinary connection.</summary>
    /// <typeparam name="TContext">The class of the context.</typeparam>
    /// <param name="engine">The engine of the database.</param>
    /// <param name="work">The work.</param>
    /// <param name="configure">Chooses EF's provider, without a connection. Null: as at <c>AddSessionDbContext</c>.</param>
    /// <param name="cancellationToken">Handed to the work.</param>
    /// <returns>A task that ends when the work has.</returns>
    /// <remarks>The connection belongs to no session: it is opened beside the engine's pool and its permits, and may begin and
    /// commit as it likes, which migrations do. On SQLite it blocks a thread while it works. A database in memory has one
    /// connection only, so there the context has a session in which each statement, save and transaction commits by
    /// itself. After the work the engine closes its idle connections, so that all know a type that the work created.</remarks>
    /// <exception cref="InvalidOperationException">The engine does not know the context, and nothing says how it is
    /// configured.</exception>
    public static Task RunSetupAsync<TContext>(
        this DbEngine engine,
        Func<TContext, CancellationToken, Task> work,
        Action<DbContextOptionsBuilder>? configure = null,
        CancellationToken cancellationToken = default)
        where TContext : DbContext
    {
        ArgumentNullException.ThrowIfNull(work);
        return engine.RunSetupAsync<TContext, bool>(work.WithResult(), configure, cancellationToken);
    }

    /// <summary>Does set-up work with a context on an ordinary connection.</summary>
    /// <typeparam name="TContext">The class of the context.</typeparam>
    /// <typeparam name="TResult">What the work results in.</typeparam>
    /// <returns>What the work returned.</returns>
    /// <inheritdoc cref="RunSetupAsync{TContext}" path="/param|/remarks|/exception"/>
    public static async Task<TResult> RunSetupAsync<TContext, TResult>(
        this DbEngine engine,
        Func<TContext, CancellationToken, Task<TResult>> work,
        Action<DbContextOptionsBuilder>? configure = null,
        CancellationToken cancellationToken = default)
        where TContext : DbContext
    {
        ArgumentNullException.ThrowIfNull(engine);
        ArgumentNullException.ThrowIfNull(work);
        var result = configure is null
            ? await SetUpContexts.Find<TContext>(engine)
                .UseSetUpAsync(engine, context => work(context, cancellationToken)).ConfigureAwait(false)
            : await SetUpContexts.UseAsync<TContext, TResult>(
                engine, configure, context => work(context, cancellationToken)).ConfigureAwait(false);

        // What is open may know types and plans of before.
        await engine.ReloadTypesAsync().ConfigureAwait(false);
        return result;
    }
}
