using Microsoft.Extensions.DependencyInjection;
using Millpond.Leasing;
using Millpond.Sessions;

namespace Millpond.Hosting;

/// <summary>Work in a service scope of its own, whose sessions are committed when it returns (S04, S17).</summary>
/// <param name="scopes">Makes a scope for each try.</param>
/// <param name="site">Where the work was started.</param>
/// <param name="configure">Changes the engines' defaults for its sessions; null: nothing.</param>
/// <param name="cancellationToken">The work's token.</param>
internal sealed class ScopeRun(
    IServiceScopeFactory scopes, CodeSite site, Action<DbSessionOptions>? configure, CancellationToken cancellationToken)
    : SessionKeeper
{
    private readonly RetryRun _run = new();

    public override SessionOrigin Describe() => new()
    {
        Site = site,
        Aborted = cancellationToken,
        IsAgain = _run.IsAgain,
        IsManaged = true,
    };

    public override void Configure(DbSessionOptions options) => configure?.Invoke(options);

    public override string ToString() => site.ToString();

    public async Task<T> RunAsync<T>(Func<IServiceProvider, CancellationToken, Task<T>> work)
    {
        var flow = SessionFlow.Begin(this);
        try
        {
            while (true)
            {
                var services = scopes.CreateAsyncScope();
                await using (services.ConfigureAwait(false))
                {
                    var scope = services.ServiceProvider.GetRequiredService<SessionScope>();
                    try
                    {
                        await scope.KeepAsync(this).ConfigureAwait(false);
                        var result = await work(services.ServiceProvider, cancellationToken).ConfigureAwait(false);
                        cancellationToken.ThrowIfCancellationRequested();
                        await scope.CompleteAsync("its work was committed").ConfigureAwait(false);
                        await scope.AbandonAsync("its work was committed").ConfigureAwait(false);
                        return result;
                    }
                    catch (Exception error)
                    {
                        _run.Look(flow);
                        await scope.AbandonAsync("its work failed and was rolled back", error).ConfigureAwait(false);
                        await _run.ThrowUnlessAgainAsync(error, scope.Sessions, cancellationToken).ConfigureAwait(false);
                    }
                }
            }
        }
        finally
        {
            flow.End();
        }
    }
}
