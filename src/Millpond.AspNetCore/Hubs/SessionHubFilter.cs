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
        if (settings is [.., WithoutSessionAttribute])
        {
            return await next(invocationContext).ConfigureAwait(false);
        }

        var scope = invocationContext.ServiceProvider.GetRequiredService<SessionScope>();
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
            if (!IsStream(invocationContext.HubMethod.ReturnType))
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

    private static ISessionMetadata[] SettingsOf(MethodInfo method) =>
    [
        .. (method.DeclaringType?.GetCustomAttributes(inherit: true) ?? []).OfType<ISessionMetadata>(),
        .. method.GetCustomAttributes(inherit: true).OfType<ISessionMetadata>(),
    ];

    /// <summary>Says whether a method's result is read while it is sent.</summary>
    private static bool IsStream(Type type)
    {
        if (!type.IsGenericType)
        {
            return false;
        }

        var definition = type.GetGenericTypeDefinition();
        return definition == typeof(IAsyncEnumerable<>)
            || definition == typeof(System.Threading.Channels.ChannelReader<>)
            || ((definition == typeof(Task<>) || definition == typeof(ValueTask<>)) && IsStream(type.GetGenericArguments()[0]));
    }
}
