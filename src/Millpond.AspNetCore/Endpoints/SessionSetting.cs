
namespace Millpond.AspNetCore.Endpoints;

/// <summary>What <c>WithSession</c> leaves on an endpoint.</summary>
internal sealed class SessionSetting(Action<DbSessionOptions> configure) : ISessionMetadata
{
    public void Apply(DbSessionOptions options) => configure(options);

    public override string ToString() => "Session";
}
