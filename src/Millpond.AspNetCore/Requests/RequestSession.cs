using System.Globalization;
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;
using Millpond.Hosting;
using Millpond.Sessions;

namespace Millpond.AspNetCore.Requests;

/// <summary>Decides over the sessions of one request: commit or rollback, once.</summary>
/// <param name="context">The request.</param>
/// <param name="scope">Its sessions.</param>
/// <param name="isAgain">Whether this is a further try: it begins as a writer, so that it waits for its turn and meets no second
/// conflict (G32).</param>
/// <param name="logger">Where to log.</param>
internal sealed class RequestSession(HttpContext context, SessionScope scope, bool isAgain, ILogger logger) : SessionKeeper
{
    /// <summary>The endpoints whose rollback by their status alone was logged.</summary>
    private static readonly ConditionalWeakTable<Endpoint, object> Told = [];

    /// <summary>Gets or sets the flow of work that the request is; null: none.</summary>
    public SessionFlow? Flow { get; set; }

    /// <summary>Gets whether any session was asked for, so that one could hold a connection.</summary>
    public bool IsUsed => scope.IsUsed;

    /// <summary>Gets or sets the response's body, which knows whether a commit is due (S09).</summary>
    public HeldBody? Body { get; set; }

    /// <summary>Gets whether the response, as it stands, tells of success.</summary>
    public bool TellsSuccess =>
        context.Response.StatusCode < StatusCodes.Status400BadRequest && GrpcStatus.OfFailure(context.Response) is null;

    /// <summary>Gets whether what is written now is the result, and not something in front of it.</summary>
    public bool HasContentType => context.Response.ContentType is not null;

    private string Operation => NameOf(context);

    /// <summary>Names a request by its method and its endpoint's route.</summary>
    public static string NameOf(HttpContext context)
    {
        var route = (context.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText?.TrimStart('/');
        return route is null
            ? $"{context.Request.Method} {context.Request.PathBase}{context.Request.Path}"
            : $"{context.Request.Method} /{route}";
    }

    public override string ToString() => Operation;

    public override SessionOrigin Describe()
    {
        var method = context.Request.Method;
        return new SessionOrigin
        {
            Operation = Operation,
            Aborted = context.RequestAborted,
            BeginsAsWriter = !(HttpMethods.IsGet(method) || HttpMethods.IsHead(method)
                || HttpMethods.IsOptions(method) || HttpMethods.IsTrace(method)),
            CanRetry = true,
            IsAgain = isAgain,
            IsManaged = true,
            CommitIfDueAsync = EndpointStreams.Stream(context.GetEndpoint()) ? Body!.CommitIfDueAsync : null,
        };
    }

    public override void Configure(DbSessionOptions options) => DeclaredSettings.Apply(context.GetEndpoint(), options);

    /// <summary>The commit point: nothing of the response has left, and its status is final.</summary>
    /// <remarks>No token of the request reaches it: a commit that was begun is finished (S07).</remarks>
    /// <exception cref="OperationCanceledException">
    /// The request was aborted before, so a success must not be told (S04).
    /// </exception>
    public Task CommitAsync(string how)
    {
        if (!scope.IsUsed)
        {
            return scope.CompleteAsync(how);   // no session from here on either: nobody would commit it
        }

        return context.RequestAborted.IsCancellationRequested ? AbandonAbortedAsync() : scope.CompleteAsync(how, Refuse);
    }

    /// <summary>Gives up on a client who does not take what it is sent, if a connection waits for that.</summary>
    /// <returns>Whether it did.</returns>
    public bool AbortIfHolding(TimeSpan stalled)
    {
        if (!scope.IsHolding)
        {
            return false;
        }

        RequestLog.ClientStalled(logger, Operation, stalled.TotalSeconds);
        context.Abort();
        return true;
    }

    /// <summary>Ends the sessions where the request becomes a two-way connection, in which any number of things may run at once.
    /// Never throws.</summary>
    public Task UpgradeAsync(string how)
    {
        Flow?.End();
        return EndAsync(how);
    }

    /// <summary>Ends what still reads. Never throws.</summary>
    public Task EndAsync(string how) => scope.AbandonAsync(how);

    /// <summary>Finds out what an error that left the work was.</summary>
    public Exception Explain(Exception error) => scope.Explain(error);

    /// <summary>Rolls back what is not committed. Never throws.</summary>
    public Task AbandonAsync(string how, Exception? error) => scope.AbandonAsync(how, error);

    /// <summary>Says that the endpoint caught the commit's failure and told success all the same; to a client who is still
    /// there: ASP.NET Core itself catches what is cancelled by one who left, where it writes JSON.</summary>
    public void NoteSwallowed(Exception failure)
    {
        if (failure is not OperationCanceledException || !context.RequestAborted.IsCancellationRequested)
        {
            RequestLog.CommitFailureSwallowed(logger, Operation, context.Response.StatusCode, failure);
        }
    }

    /// <returns>Why the response, as it stands, does not commit; null: it does.</returns>
    private string? Refuse(DbSession session) => GrpcStatus.OfFailure(context.Response) is { } failure
        ? $"its call ended with the gRPC status {failure}"
        : Commits(session) ? null
        : string.Create(CultureInfo.InvariantCulture, $"its response had the status {context.Response.StatusCode}");

    private bool Commits(DbSession session)
    {
        if (session.Options.Mode == SessionMode.Autocommit)
        {
            return TellsSuccess;   // nothing to undo but a transaction that was left open
        }

        var status = context.Response.StatusCode;
        if (session.Options.CommitWhen is { } declared)
        {
            return declared(status);
        }

        if (TellsSuccess || IdentityEndpoints.Contain(context.GetEndpoint()))
        {
            return true;
        }

        if (session.HasWritten && context.GetEndpoint() is { } endpoint && Told.TryAdd(endpoint, endpoint.GetType()))
        {
            RequestLog.RolledBackByStatus(logger, Operation, status);
        }

        return false;
    }

    private async Task AbandonAbortedAsync()
    {
        await scope.AbandonAsync("the request was aborted before its response began").ConfigureAwait(false);
        if (TellsSuccess)
        {
            throw new OperationCanceledException(
                "The request was aborted before its response began; its session was rolled back.", context.RequestAborted);
        }
    }
}
