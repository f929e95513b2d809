using Millpond.Hosting;

namespace Millpond.AspNetCore.Requests;

/// <summary>A decision over a request's sessions that comes before the response's own.</summary>
internal sealed class RequestDecision(HeldBody body) : IRequestSessions
{
    public Task CommitAsync() => body.DecideAsync(commit: true, "it was committed by its host", error: null);

    public Task RollbackAsync(string how, Exception? exception = null) =>
        body.DecideAsync(commit: false, how, exception);
}
