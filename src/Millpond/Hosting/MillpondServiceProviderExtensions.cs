using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Millpond;
using Millpond.Hosting;
using Millpond.Leasing;
using Millpond.Sessions;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Runs work outside requests with scoped services: seeding, message consumers, tests.</summary>
public static class MillpondServiceProviderExtensions
{
    /// <inheritdoc cref="RunInSessionAsync(IServiceProvider, Func{IServiceProvider, CancellationToken, Task},
    /// Action{DbSessionOptions}?, CancellationToken, string, string, int)"/>
    public static Task RunInSessionAsync(
        this IServiceProvider services,
        Func<IServiceProvider, CancellationToken, Task> work,
        CancellationToken cancellationToken = default,
        [CallerMemberName] string member = "",
        [CallerFilePath] string file = "",
        [CallerLineNumber] int line = 0) =>
        services.RunInSessionAsync(work, configure: null, cancellationToken, member, file, line);

    /// <summary>Runs work in its own service scope. Commits the scope's sessions when the work returns, and rolls them back
    /// when it throws.</summary>
    /// <param name="services">The application's services.</param>
    /// <param name="work">The work, with the scope's services and the caller's token.</param>
    /// <param name="configure">Changes the engines' session defaults for the scope, or null.</param>
    /// <param name="cancellationToken">Cancels waiting and running commands. A commit that was sent is not cancelled.</param>
    /// <param name="member">Set by the compiler, for messages.</param>
    /// <param name="file">Set by the compiler, for messages.</param>
    /// <param name="line">Set by the compiler, for messages.</param>
    /// <returns>A task that completes when the work is committed and the scope is disposed.</returns>
    /// <remarks>
    /// <para>Everything that the scope's services do with an injected <see cref="DbSession"/> or a session's <c>DbContext</c>
    /// is one transaction per engine. With <see cref="DbSessionOptions.Retries"/> the work is called again in a new scope,
    /// under the conditions of <c>RunAsync</c> of <see cref="DbEngine"/>, whose exceptions apply here too.</para>
    /// <para>Thread-safe: each call has its own scope.</para>
    /// </remarks>
    /// <exception cref="ArgumentException">An option has an invalid value.</exception>
    /// <exception cref="InvalidOperationException">No engine was added with <c>AddMillpond</c>.</exception>
    public static Task RunInSessionAsync(
        this IServiceProvider services,
        Func<IServiceProvider, CancellationToken, Task> work,
        Action<DbSessionOptions>? configure,
        CancellationToken cancellationToken = default,
        [CallerMemberName] string member = "",
        [CallerFilePath] string file = "",
        [CallerLineNumber] int line = 0)
    {
        ArgumentNullException.ThrowIfNull(work);
        return services.RunInSessionAsync<bool>(work.WithResult(), configure, cancellationToken, member, file, line);
    }

    /// <typeparam name="T">The type of the result.</typeparam>
    /// <inheritdoc cref="RunInSessionAsync(IServiceProvider, Func{IServiceProvider, CancellationToken, Task},
    /// Action{DbSessionOptions}?, CancellationToken, string, string, int)"/>
    /// <returns>The result of the work, after the commit.</returns>
    public static Task<T> RunInSessionAsync<T>(
        this IServiceProvider services,
        Func<IServiceProvider, CancellationToken, Task<T>> work,
        CancellationToken cancellationToken = default,
        [CallerMemberName] string member = "",
        [CallerFilePath] string file = "",
        [CallerLineNumber] int line = 0) =>
        services.RunInSessionAsync(work, configure: null, cancellationToken, member, file, line);

    /// <typeparam name="T">The type of the result.</typeparam>
    /// <inheritdoc cref="RunInSessionAsync(IServiceProvider, Func{IServiceProvider, CancellationToken, Task},
    /// Action{DbSessionOptions}?, CancellationToken, string, string, int)"/>
    /// <returns>The result of the work, after the commit.</returns>
    public static Task<T> RunInSessionAsync<T>(
        this IServiceProvider services,
        Func<IServiceProvider, CancellationToken, Task<T>> work,
        Action<DbSessionOptions>? configure,
        CancellationToken cancellationToken = default,
        [CallerMemberName] string member = "",
        [CallerFilePath] string file = "",
        [CallerLineNumber] int line = 0)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(work);
        var site = new CodeSite(member, file, line);
        return new ScopeRun(
            services.GetRequiredService<IServiceScopeFactory>(), Describe, OptionsFrom, ScopeNotDisposed, cancellationToken)
            .RunAsync((_, given, token) => work(given, token));

        SessionOrigin Describe(bool again) => new()
        {
            Site = site,
            Aborted = cancellationToken,
            IsRetry = again,
            IsManaged = true,
        };

        DbSessionOptions OptionsFrom(DbSessionOptions defaults)
        {
            var options = configure is null ? defaults : defaults.Copy();
            configure?.Invoke(options);
            return options;
        }

        void ScopeNotDisposed(Exception error) => HostingLog.ScopeFailed(
            services.GetService<ILogger<DbEngine>>() ?? NullLogger<DbEngine>.Instance, site.ToString(), error);
    }
}
