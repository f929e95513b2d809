
namespace Millpond.AspNetCore.Responses;

/// <summary>What a host, such as gRPC, can do with the sessions of a request.</summary>
internal sealed class HostedSessions(HeldBody body, RequestSession session) : IRequestSessionsFeature
{
    public bool HasCommitted => session.HasCommitted;

    /// <summary>Gets the callback that responds to a commit that fails at the end.</summary>
    public Func<Exception, bool>? Answer { get; private set; }

    public async Task CommitAsync()
    {
        try
        {
            await body.CommitAsync("its host committed it").ConfigureAwait(false);
        }
        catch (Exception)
        {
            body.ClearFailure();
            throw;
        }
    }

    public void RollBackWhen(Func<string?> refusal) => session.HostsRefusal = refusal;

    public void HandleFailedCommit(Func<Exception, bool> answer) => Answer = answer;

    public async Task RollbackAsync(string how, Exception? exception = null)
    {
        await session.AbandonAsync(how, exception).ConfigureAwait(false);
        body.ClearFailure();
    }
}
