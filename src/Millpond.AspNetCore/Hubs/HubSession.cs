using Microsoft.AspNetCore.SignalR;
using Millpond.AspNetCore.Requests;
using Millpond.Hosting;
using Millpond.Sessions;

namespace Millpond.AspNetCore.Hubs;

/// <summary>Whose the sessions of a hub method are, and how they behave.</summary>
internal sealed class HubSession(HubInvocationContext context, ISessionMetadata[] settings) : SessionKeeper
{
    public override SessionOrigin Describe() => new()
    {
        Operation = $"{context.Hub.GetType().Name}.{context.HubMethodName}",
        Aborted = context.Context.ConnectionAborted,
        IsManaged = true,
    };

    public override void Configure(DbSessionOptions options)
    {
        foreach (var setting in settings)
        {
            setting.Apply(options);
        }
    }
}
