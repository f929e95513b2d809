using System.Reflection;
using Microsoft.AspNetCore.Http;

namespace Millpond.AspNetCore.Endpoints;

/// <summary>Recognises the endpoints of <c>MapIdentityApi</c>. They count failed logins and respond with 401, and the count
/// must be kept (S04).</summary>
internal static class IdentityEndpoints
{
    private const string Maker = "Microsoft.AspNetCore.Routing.IdentityApiEndpointRouteBuilderExtensions";

    /// <remarks>The framework adds no metadata to them, so they are recognised by the assembly of their handlers.</remarks>
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
