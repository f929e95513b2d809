using Microsoft.Extensions.DependencyInjection;
using Millpond.Leasing;
using Millpond.Sessions;

namespace Millpond.Hosting;

/// <summary>Runs work in its own service scope, and commits its sessions when it returns (S04, S17).</summary>
/// <param name="scopes">Creates a scope for each attempt.</param>
/// <param name="origin">Describes an attempt. Its argument tells whether it is a retry.</param>
/// <param name="options">Derives the options of its sessions from an engine's, which are shared.</param>
/// <param name="scopeFailed">Logs that a scope could not be disposed. The work has already committed or failed.</param>
/// <param name="cancellationToken">The work's token.</param>
internal sealed class ScopeRun(
    IServiceScopeFactory scopes,
    Func<bool, SessionOrigin> origin,
    Func<DbSessionOptions, DbSessionOptions> options,
    Action<Exception> scopeFailed,
    CancellationToken cancellationToken) : SessionOwner
{
    private readonly RetryRun _run = new();

    public override SessionOrigin Describe() => origin(_run.IsRetry);

    public override DbSessionOptions OptionsFrom(DbSessionOptions defaults) => options(defaults);

    public override string ToString() => Describe().Operation;

    public async Task<T> RunAsync<T>(Func<SessionScope, IServiceProvider, CancellationToken, Task<T>> work)
    {
        var flow = SessionFlow.Begin(this);
        try
        {
            while (true)
            {
                var services = scopes.CreateAsyncScope();
                var scope = services.ServiceProvider.GetRequiredService<SessionScope>();
                try
                {
                    await scope.ManageAsync(this).ConfigureAwait(false);
                    var result = await work(scope, services.ServiceProvider, cancellationToken).ConfigureAwait(false);
                    cancellationToken.ThrowIfCancellationRequested();
                    await scope.CompleteAsync("its work was committed").ConfigureAwait(false);
                    await scope.AbandonAsync("its work was committed").ConfigureAwait(false);
                    return result;
                }
                catch (Exception error)
                {
                    _run.NoteEffects(flow);
                    await scope.AbandonAsync("its work failed and was rolled back", error).ConfigureAwait(false);
                    await _run.ThrowUnlessRetriedAsync(error, scope.Sessions, cancellationToken).ConfigureAwait(false);
                }
                finally
                {
                    await DisposeAsync(services).ConfigureAwait(false);
                }
            }
        }
        finally
        {
            flow.End();
        }
    }

    private async ValueTask DisposeAsync(AsyncServiceScope services)
    {
        try
        {
            await services.DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception error)
        {
            scopeFailed(error);
        }
    }
}
