using Microsoft.AspNetCore.SignalR;
using Millpond.AspNetCore.Requests;
using Millpond.Hosting;
using Millpond.Sessions;

namespace Millpond.AspNetCore.Hubs;

/// <summary>Whose the sessions of a hub method are, and how they behave.</summary>
internal sealed class HubSession(HubInvocationContext context, ISessionMetadata[] settings) : SessionKeeper
{
    private string Operation => $"{context.Hub.GetType().Name}.{context.HubMethodName}";

    public override SessionOrigin Describe() => new()
    {
        Operation = Operation,
        Aborted = context.Context.ConnectionAborted,
        IsManaged = true,
    };

    public override void Configure(DbSessionOptions options) => DeclaredSettings.Apply(settings, Operation, options);
}
