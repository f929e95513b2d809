using System.Reflection;
using Microsoft.AspNetCore.Http;

namespace Millpond.AspNetCore.Endpoints;

/// <summary>
/// Knows the endpoints of <c>MapIdentityApi</c>: they count failed logins and answer 401, and the count has to stay (S04).
/// </summary>
internal static class IdentityEndpoints
{
    private const string Maker = "Microsoft.AspNetCore.Routing.IdentityApiEndpointRouteBuilderExtensions";

    /// <remarks>The framework marks them by nothing else than where their handlers are written.</remarks>
    public static bool Contain(Endpoint? endpoint)
    {
        for (var type = endpoint?.Metadata.GetMetadata<MethodInfo>()?.DeclaringType; type is not null; type = type.DeclaringType)
        {
            if (type.FullName == Maker)
            {
                return true;
            }
        }

        return false;
    }
}
