using System.Reflection;
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.DependencyInjection;
using Millpond.AspNetCore.Errors;
using Millpond.AspNetCore.Requests;
using Millpond.Hosting;
using Millpond.Sessions;

namespace Millpond.AspNetCore.Hubs;

/// <summary>Commits and rolls back the sessions of hub methods.</summary>
/// <remarks>SignalR gives each invocation services of its own, and tells the client that it is complete before it disposes of
/// them: so the commit is here. A method that streams is committed when it returns its stream, which only reads from then on; its
/// sessions end with its services. Thread-safe.</remarks>
internal sealed class SessionHubFilter : IHubFilter
{
    private static readonly ConditionalWeakTable<MethodInfo, ISessionMetadata[]> Known = [];

    public async ValueTask<object?> InvokeMethodAsync(
        HubInvocationContext invocationContext, Func<HubInvocationContext, ValueTask<object?>> next)
    {
        var settings = Known.GetValue(invocationContext.HubMethod, SettingsOf);
        var scope = invocationContext.ServiceProvider.GetRequiredService<SessionScope>();
        if (scope.IsKept || settings is [.., WithoutSessionAttribute])   // kept: the filter was added twice
        {
            return await next(invocationContext).ConfigureAwait(false);
        }

        var flow = SessionFlow.Begin();
        scope.Keep(new HubSession(invocationContext, settings));
        try
        {
            var result = await next(invocationContext).ConfigureAwait(false);
            if (scope.IsUsed)
            {
                invocationContext.Context.ConnectionAborted.ThrowIfCancellationRequested();   // nobody would be told (S04)
            }

            await scope.CompleteAsync("the hub method returned").ConfigureAwait(false);
            if (!StreamedType.Is(invocationContext.HubMethod.ReturnType))
            {
                await scope.AbandonAsync("the hub method returned").ConfigureAwait(false);
            }

            return result;
        }
        catch (Exception error)
        {
            await scope.AbandonAsync("an exception left the hub method", error).ConfigureAwait(false);
            if (error is not HubException && ProblemTable.Find(error) is { } problem)
            {
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

    /// <summary>Reads what the hub says, which may have inherited the method, and then what the method says.</summary>
    private static ISessionMetadata[] SettingsOf(MethodInfo method) =>
    [
        .. (method.ReflectedType?.GetCustomAttributes(inherit: true) ?? []).OfType<ISessionMetadata>(),
        .. method.GetCustomAttributes(inherit: true).OfType<ISessionMetadata>(),
    ];
}
