using Microsoft.AspNetCore.SignalR;
using Millpond.AspNetCore.Endpoints;
using Millpond.Hosting;
using Millpond.Leasing;

namespace Millpond.AspNetCore.Hubs;

/// <summary>The origin and the options of the sessions of a hub method.</summary>
internal sealed class HubSession(Hub hub, string method, ISessionMetadata[] settings, CancellationToken aborted) : SessionOwner
{
    private string Operation => $"{hub.GetType().Name}.{method}";

    public override SessionOrigin Describe() => new()
    {
        Operation = Operation,
        Aborted = aborted,
        IsManaged = true,
    };

    public override string ToString() => Operation;

    public override DbSessionOptions OptionsFrom(DbSessionOptions defaults) =>
        DeclaredSettings.Apply(settings, Operation, defaults);
}
