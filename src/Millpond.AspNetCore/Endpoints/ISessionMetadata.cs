
namespace Millpond.AspNetCore.Endpoints;

/// <summary>Session settings of an endpoint. Several are applied in order, the outermost first.</summary>
internal interface ISessionMetadata
{
    /// <summary>Changes the options that the engine and the preceding metadata have set.</summary>
    void Apply(DbSessionOptions options);
}
