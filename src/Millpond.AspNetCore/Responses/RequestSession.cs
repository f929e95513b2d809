using System.Globalization;
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using Millpond.AspNetCore.Endpoints;
using Millpond.Hosting;
using Millpond.Leasing;
using Millpond.Sessions;

namespace Millpond.AspNetCore.Responses;

/// <summary>Commits or rolls back the sessions of one request, once.</summary>
internal sealed class RequestSession(
    HttpContext context, SessionScope scope, bool isAgain, Func<int, bool>? commitWhen, ILogger logger) : SessionOwner
{
    /// <summary>The endpoints for which a rollback by status was logged.</summary>
    private static readonly ConditionalWeakTable<Endpoint, object> Warned = [];

    public SessionFlow? Flow { get; set; }

    /// <summary>Gets whether a session was used, so one could hold a connection.</summary>
    public bool IsUsed => scope.IsUsed;

    public bool IsHolding => scope.IsHolding;

    /// <summary>Gets or sets the callback that returns why a host's work is not committed; null if there is none.</summary>
    public Func<string?>? HostsRefusal { get; set; }

    public bool HasCommitted => Flow?.IsDurable ?? false;

    public bool IsCall => GrpcStatus.IsOf(context.Response);

    public bool IsAborted => context.RequestAborted.IsCancellationRequested;

    public long? ContentLength => context.Response.ContentLength;

    public bool AllowsSynchronousWrites => context.Features.Get<IHttpBodyControlFeature>()?.AllowSynchronousIO ?? false;

    /// <summary>Gets whether the current response is a success.</summary>
    public bool ReportsSuccess =>
        context.Response.StatusCode < StatusCodes.Status400BadRequest && GrpcStatus.OfFailure(context.Response) is null;

    /// <summary>Gets whether the response may begin before the commit. After a write this is false if the response is complete
    /// with its headers, because there would be nothing left to abort.</summary>
    public bool CanStream =>
        (!IsBodiless && ContentLength != 0 && !HttpMethods.IsHead(context.Request.Method))
        || !(BeginsAsWriter || scope.Sessions.Any(static session => session.Unit.HasWritten));

    private string Operation => RequestOrigin.NameOf(context);

    private bool IsBodiless => context.Response.StatusCode
        is StatusCodes.Status204NoContent or StatusCodes.Status205ResetContent or StatusCodes.Status304NotModified;

    private bool BeginsAsWriter
    {
        get
        {
            var method = context.Request.Method;
            return !(HttpMethods.IsGet(method) || HttpMethods.IsHead(method)
                || HttpMethods.IsOptions(method) || HttpMethods.IsTrace(method));
        }
    }

    public override string ToString() => Operation;

    public override SessionOrigin Describe() => new RequestOrigin(context)
    {
        Aborted = context.RequestAborted,
        BeginsAsWriter = BeginsAsWriter,
        IsRetry = isAgain,
        IsManaged = true,
    };

    public override DbSessionOptions OptionsFrom(DbSessionOptions defaults) =>
        DeclaredSettings.Apply(context.GetEndpoint(), defaults);

    /// <summary>Rejects the commit of a session if the response does not commit.</summary>
    public override string? Refuse(DbSession session) => HostsRefusal?.Invoke() is { } refusal ? refusal
        : GrpcStatus.OfFailure(context.Response) is { } failure
        ? $"the call ended with gRPC status {failure}"
        : Commits(session) ? null
        : string.Create(CultureInfo.InvariantCulture, $"the response had status {context.Response.StatusCode}");

    /// <summary>The commit point: nothing of the response was sent, and its status is final.</summary>
    /// <remarks>It uses no token of the request: a commit that has begun is completed (S07).</remarks>
    /// <exception cref="OperationCanceledException">The request was aborted before, so no success may be reported
    /// (S04).</exception>
    public ValueTask CommitAsync(string how) =>
        scope.IsUsed && IsAborted ? AbandonAbortedAsync() : scope.CompleteAsync(how);

    /// <summary>Passes the commit point without a session. A session used later is read-only, because nothing would commit
    /// it.</summary>
    public void Pass(string how) => scope.Pass(how);

    public ValueTask<bool> HasOpenReaderAsync() =>
        scope.Sessions is [var sole] ? sole.HasOpenReaderAsync() : HasAnyOpenReaderAsync();

    /// <summary>Rejects before the commit what the server would reject after it.</summary>
    public void ThrowIfUnfit(long written, bool isEnd)
    {
        if (IsBodiless && written > 0)
        {
            throw new InvalidOperationException(
                $"A response with status {context.Response.StatusCode} cannot have a body, but {Operation} wrote one.");
        }

        if (ContentLength is { } length
            && (written > length || (isEnd && written < length && !IsBodiless && !HttpMethods.IsHead(context.Request.Method))))
        {
            throw new InvalidOperationException(string.Create(
                CultureInfo.InvariantCulture,
                $"{Operation} declared a Content-Length of {length:N0} bytes but wrote {written:N0}."));
        }
    }

    /// <summary>Aborts a client that is too slow, if another session waits for the connection.</summary>
    public bool AbortIfBlocking(int least, TimeSpan window)
    {
        if (!scope.Sessions.Any(static session => session.Unit.BlocksOthers))
        {
            return false;
        }

        RequestLog.ClientStalled(logger, Operation, least, window.TotalSeconds);
        context.Abort();
        return true;
    }

    public void NoteAborted(Exception failure)
    {
        if (!IsAborted)
        {
            RequestLog.ResponseAborted(logger, Operation, failure);
        }
    }

    /// <summary>Aborts the response, so no client takes it for complete.</summary>
    public void Abort() => context.Abort();

    /// <summary>Ends the sessions when the request becomes a two-way connection, in which many operations may run concurrently.
    /// Never throws.</summary>
    public Task UpgradeAsync(string how)
    {
        Flow?.End();
        return AbandonAsync(how);
    }

    /// <summary>Rolls back what is not committed, and ends sessions that still read. Never throws.</summary>
    public Task AbandonAsync(string how, Exception? error = null) => scope.AbandonAsync(how, error);

    /// <summary>Logs that the endpoint caught the exception of the commit and reported success; only if the client is
    /// connected, because ASP.NET Core catches cancellations of disconnected clients when it writes JSON.</summary>
    public void NoteSwallowed(Exception failure)
    {
        if (failure is not OperationCanceledException || !IsAborted)
        {
            RequestLog.CommitFailureSwallowed(logger, Operation, context.Response.StatusCode, failure);
        }
    }

    private async ValueTask<bool> HasAnyOpenReaderAsync()
    {
        foreach (var session in scope.Sessions)
        {
            if (await session.HasOpenReaderAsync().ConfigureAwait(false))
            {
                return true;
            }
        }

        return false;
    }

    private bool Commits(DbSession session)
    {
        if (session.Options.Mode == SessionMode.Autocommit)
        {
            return ReportsSuccess;   // nothing to undo except a transaction that was left open
        }

        var status = context.Response.StatusCode;
        if ((context.GetEndpoint()?.Metadata.GetMetadata<CommitCondition>()?.Commits ?? commitWhen) is { } declared)
        {
            return declared(status);
        }

        if (ReportsSuccess || IdentityEndpoints.Contain(context.GetEndpoint()))
        {
            return true;
        }

        if (session.Unit.HasWritten && context.GetEndpoint() is { } endpoint && Warned.TryAdd(endpoint, endpoint.GetType()))
        {
            RequestLog.RolledBackByStatus(logger, Operation, status);
        }

        return false;
    }

    private async ValueTask AbandonAbortedAsync()
    {
        await scope.AbandonAsync("the request was aborted before its response began").ConfigureAwait(false);
        if (ReportsSuccess)
        {
            throw new OperationCanceledException(
                "The request was aborted before its response began; its session was rolled back.", context.RequestAborted);
        }
    }
}
