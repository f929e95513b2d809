using System.Reflection;
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.DependencyInjection;
using Millpond.AspNetCore.Endpoints;
using Millpond.AspNetCore.Errors;
using Millpond.Hosting;
using Millpond.Leasing;

namespace Millpond.AspNetCore.Hubs;

/// <summary>Commits and rolls back the sessions of hub methods.</summary>
/// <remarks>SignalR creates a service scope for each invocation and reports completion before it disposes the scope, so this
/// filter commits. A method that streams commits when it returns its stream, which is read-only; its sessions end with the
/// scope. If the client disconnects earlier, the method is rolled back immediately. Thread-safe.</remarks>
internal sealed class SessionHubFilter : IHubFilter
{
    private static readonly ConditionalWeakTable<MethodInfo, ISessionMetadata[]> Known = [];
    private static readonly ConditionalWeakTable<Type, ISessionMetadata[]> KnownHubs = [];

    public async ValueTask<object?> InvokeMethodAsync(
        HubInvocationContext invocationContext, Func<HubInvocationContext, ValueTask<object?>> next)
    {
        var settings = Known.GetValue(invocationContext.HubMethod, SettingsOf);
        var scope = invocationContext.ServiceProvider.GetRequiredService<SessionScope>();
        if (scope.IsManaged || settings is [.., WithoutSessionAttribute])   // the filter was added twice
        {
            scope.Bypass(
                $"{invocationContext.Hub.GetType().Name}.{invocationContext.HubMethodName}", "it is marked WithoutSession");
            return await next(invocationContext).ConfigureAwait(false);
        }

        var caller = invocationContext.Context;
        object? result = null;
        await RunAsync(
            scope,
            new HubSession(invocationContext.Hub, invocationContext.HubMethodName, settings, caller.ConnectionAborted),
            async () => result = await next(invocationContext).ConfigureAwait(false),
            streams: true,
            caller.ConnectionAborted).ConfigureAwait(false);
        return result;
    }

    public Task OnConnectedAsync(HubLifetimeContext context, Func<HubLifetimeContext, Task> next) =>
        RunAsync(context, nameof(OnConnectedAsync), () => next(context), context.Context.ConnectionAborted);

    /// <remarks>The client has disconnected and gets no answer, so its work is kept.</remarks>
    public Task OnDisconnectedAsync(
        HubLifetimeContext context, Exception? exception, Func<HubLifetimeContext, Exception?, Task> next) =>
        RunAsync(context, nameof(OnDisconnectedAsync), () => next(context, exception), CancellationToken.None);

    private static Task RunAsync(HubLifetimeContext context, string method, Func<Task> work, CancellationToken aborted)
    {
        var settings = KnownHubs.GetValue(context.Hub.GetType(), SettingsOf);
        var scope = context.ServiceProvider.GetRequiredService<SessionScope>();
        return scope.IsManaged || settings is [.., WithoutSessionAttribute]
            ? work()
            : RunAsync(scope, new HubSession(context.Hub, method, settings, aborted), work, streams: false, aborted);
    }

    /// <summary>Commits when the work returns, and rolls back if it throws or the client disconnects first.</summary>
    /// <remarks>Streams read on until their scope ends.</remarks>
    private static async Task RunAsync(
        SessionScope scope, HubSession keeper, Func<Task> work, bool streams, CancellationToken aborted)
    {
        var flow = SessionFlow.Begin(keeper);
        try
        {
            await scope.ManageAsync(keeper).ConfigureAwait(false);

            // Immediately, because OnDisconnectedAsync, which may wait for its locks, runs before the method ends.
            using var leaving = aborted.UnsafeRegister(_ => scope.AbandonAsync("the client disconnected"), null);
            await work().ConfigureAwait(false);
            if (scope.IsUsed)
            {
                aborted.ThrowIfCancellationRequested();   // the client would not see the success (S04)
            }

            await scope.CompleteAsync("the hub method returned").ConfigureAwait(false);
            if (!streams)
            {
                await scope.AbandonAsync("the hub method returned").ConfigureAwait(false);
            }
        }
        catch (Exception error)
        {
            await scope.AbandonAsync("an exception left the hub method", error).ConfigureAwait(false);
            if (error is not HubException && ProblemTable.Find(error) is { } problem)
            {
                problem = flow.IsDurable ? ProblemTable.AfterCommit(error) : problem;
                throw new HubException($"{problem.Detail} [{problem.Code}]", error);
            }

            throw;
        }
        finally
        {
            scope.Release();
            flow.End();
        }
    }

    private static ISessionMetadata[] SettingsOf(Type hub) =>
        [.. hub.GetCustomAttributes(inherit: true).OfType<ISessionMetadata>()];

    /// <summary>Reads the attributes of the hub, which may inherit the method, followed by those of the method.</summary>
    private static ISessionMetadata[] SettingsOf(MethodInfo method) =>
    [
        .. (method.ReflectedType?.GetCustomAttributes(inherit: true) ?? []).OfType<ISessionMetadata>(),
        .. method.GetCustomAttributes(inherit: true).OfType<ISessionMetadata>(),
    ];
}
