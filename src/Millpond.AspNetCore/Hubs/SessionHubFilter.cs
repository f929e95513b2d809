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
/// <remarks>SignalR gives each invocation services of its own, and tells the client that it is complete before it disposes of
/// them: so the commit is here. A method that streams is committed when it returns its stream, which only reads from then on; its
/// sessions end with its services. A client that leaves before has its method rolled back at that moment. Thread-safe.</remarks>
internal sealed class SessionHubFilter : IHubFilter
{
    private static readonly ConditionalWeakTable<MethodInfo, ISessionMetadata[]> Known = [];
    private static readonly ConditionalWeakTable<Type, ISessionMetadata[]> KnownHubs = [];

    public async ValueTask<object?> InvokeMethodAsync(
        HubInvocationContext invocationContext, Func<HubInvocationContext, ValueTask<object?>> next)
    {
        var settings = Known.GetValue(invocationContext.HubMethod, SettingsOf);
        var scope = invocationContext.ServiceProvider.GetRequiredService<SessionScope>();
        if (scope.IsKept || settings is [.., WithoutSessionAttribute])   // kept: the filter was added twice
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

    /// <remarks>Its client has left, so nobody waits to be told: what it does is kept all the same.</remarks>
    public Task OnDisconnectedAsync(
        HubLifetimeContext context, Exception? exception, Func<HubLifetimeContext, Exception?, Task> next) =>
        RunAsync(context, nameof(OnDisconnectedAsync), () => next(context, exception), CancellationToken.None);

    private static Task RunAsync(HubLifetimeContext context, string method, Func<Task> work, CancellationToken aborted)
    {
        var settings = KnownHubs.GetValue(context.Hub.GetType(), SettingsOf);
        var scope = context.ServiceProvider.GetRequiredService<SessionScope>();
        return scope.IsKept || settings is [.., WithoutSessionAttribute]
            ? work()
            : RunAsync(scope, new HubSession(context.Hub, method, settings, aborted), work, streams: false, aborted);
    }

    /// <summary>Commits when the work returned, and rolls back when it threw, or when the client disconnected before.</summary>
    /// <remarks>What streams reads on until its services end.</remarks>
    private static async Task RunAsync(
        SessionScope scope, HubSession keeper, Func<Task> work, bool streams, CancellationToken aborted)
    {
        var flow = SessionFlow.Begin(keeper);
        try
        {
            await scope.KeepAsync(keeper).ConfigureAwait(false);

            // At that moment: what waits for its locks, such as OnDisconnectedAsync, comes before the method's end.
            using var leaving = aborted.UnsafeRegister(_ => scope.AbandonAsync("the client disconnected"), null);
            await work().ConfigureAwait(false);
            if (scope.IsUsed)
            {
                aborted.ThrowIfCancellationRequested();   // nobody would be told (S04)
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

    /// <summary>Reads what the hub says, which may have inherited the method, and then what the method says.</summary>
    private static ISessionMetadata[] SettingsOf(MethodInfo method) =>
    [
        .. (method.ReflectedType?.GetCustomAttributes(inherit: true) ?? []).OfType<ISessionMetadata>(),
        .. method.GetCustomAttributes(inherit: true).OfType<ISessionMetadata>(),
    ];
}
