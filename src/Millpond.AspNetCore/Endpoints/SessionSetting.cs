
namespace Millpond.AspNetCore.Endpoints;

/// <summary>The metadata of an endpoint with <c>WithSession</c>.</summary>
internal sealed class SessionSetting(Action<DbSessionOptions> configure) : ISessionMetadata
{
    public void Apply(DbSessionOptions options) => configure(options);

    public override string ToString() => "Session";
}
