
namespace Millpond.AspNetCore.Endpoints;

/// <summary>What an endpoint says about its session. Several apply in order, the outermost first.</summary>
internal interface ISessionMetadata
{
    /// <summary>Changes what the engine's options and the metadata before this one have set.</summary>
    void Apply(DbSessionOptions options);
}
