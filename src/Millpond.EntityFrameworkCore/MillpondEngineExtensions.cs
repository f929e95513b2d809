using Microsoft.EntityFrameworkCore;
using Millpond.EntityFrameworkCore;
using Millpond.Providers;
using Millpond.Sessions;

namespace Millpond;

/// <summary>EF Core set-up work on an engine's database, such as migrations.</summary>
public static class MillpondEngineExtensions
{
    /// <summary>Applies pending migrations.</summary>
    /// <typeparam name="TContext">The class of the context.</typeparam>
    /// <param name="engine">The engine of the database.</param>
    /// <param name="configure">Configures EF Core's provider, without a connection. Null: as in
    /// <c>AddSessionDbContext</c>.</param>
    /// <param name="cancellationToken">Cancels the operation between two migrations.</param>
    /// <returns>A task that completes when the database is up to date.</returns>
    /// <inheritdoc cref="RunSetupAsync{TContext}" path="/remarks|/exception"/>
    public static Task MigrateAsync<TContext>(
        this DbEngine engine,
        Action<DbContextOptionsBuilder>? configure = null,
        CancellationToken cancellationToken = default)
        where TContext : DbContext =>
        engine.RunSetupAsync<TContext>(
            static (context, token) => context.Database.MigrateAsync(token), configure, cancellationToken);

    /// <summary>Gets the names of pending migrations.</summary>
    /// <inheritdoc cref="MigrateAsync" path="/typeparam|/param"/>
    /// <returns>The names, in the order in which they would be applied; empty if the database is up to date.</returns>
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

    /// <summary>Creates the database and the tables of a context if they do not exist. For tests and prototypes: it does not
    /// use migrations.</summary>
    /// <inheritdoc cref="MigrateAsync" path="/typeparam|/param"/>
    /// <returns>True if it created them, false if they existed.</returns>
    /// <inheritdoc cref="RunSetupAsync{TContext}" path="/remarks|/exception"/>
    public static Task<bool> EnsureCreatedAsync<TContext>(
        this DbEngine engine,
        Action<DbContextOptionsBuilder>? configure = null,
        CancellationToken cancellationToken = default)
        where TContext : DbContext =>
        engine.RunSetupAsync<TContext, bool>(
            static (context, token) => context.Database.EnsureCreatedAsync(token), configure, cancellationToken);

    /// <summary>Deletes the database and its contents. For tests and prototypes.</summary>
    /// <typeparam name="TContext">The class of the context.</typeparam>
    /// <param name="engine">The engine of the database. It should not be in use: sessions that hold a connection lose
    /// it.</param>
    /// <param name="configure">Configures EF Core's provider, without a connection. Null: as in
    /// <c>AddSessionDbContext</c>.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>True if it deleted the database, false if there was none.</returns>
    /// <exception cref="NotSupportedException">The database is in memory: it ends with its engine.</exception>
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

    /// <summary>Runs set-up work with a context on an ordinary connection.</summary>
    /// <typeparam name="TContext">The class of the context.</typeparam>
    /// <param name="engine">The engine of the database.</param>
    /// <param name="work">The work.</param>
    /// <param name="configure">Configures EF Core's provider, without a connection. Null: as in
    /// <c>AddSessionDbContext</c>.</param>
    /// <param name="cancellationToken">Passed to the work.</param>
    /// <returns>A task that completes with the work.</returns>
    /// <remarks>The connection belongs to no session: it is opened in addition to the engine's pool and takes no permit. It may
    /// begin and commit transactions, as migrations do. On SQLite it blocks a thread while it works. An in-memory database has
    /// only one connection, so there the context uses a session in which each statement, save and transaction commits on its
    /// own. After the work the engine closes its idle connections, so that new ones know the types that the work
    /// created.</remarks>
    /// <exception cref="InvalidOperationException">The context is not registered for the engine, and
    /// <paramref name="configure"/> is null.</exception>
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

    /// <summary>Runs set-up work with a context on an ordinary connection.</summary>
    /// <typeparam name="TContext">The class of the context.</typeparam>
    /// <typeparam name="TResult">The type of the result.</typeparam>
    /// <returns>The result of the work.</returns>
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

        // Open connections may have outdated types and plans.
        await engine.ReloadTypesAsync().ConfigureAwait(false);
        return result;
    }
}
