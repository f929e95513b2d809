using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Abstractions;
using Microsoft.AspNetCore.Mvc.Infrastructure;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Millpond.AspNetCore.Endpoints;

/// <summary>Finds session attributes that have no effect, because MVC runs with <c>EnableEndpointRouting = false</c> and its
/// requests have no endpoint.</summary>
internal static class LegacyRouting
{
    /// <returns>The first action with such an attribute, or null.</returns>
    public static string? FindIgnoredAttribute(IServiceProvider services)
    {
        if (services.GetService<IActionDescriptorCollectionProvider>() is not { } actions
            || services.GetRequiredService<IOptions<MvcOptions>>().Value.EnableEndpointRouting
            || services.GetService<EndpointDataSource>()?.Endpoints.Any(static one =>
                one.Metadata.GetMetadata<ActionDescriptor>() is not null) == true)   // MapControllers adds endpoints anyway
        {
            return null;
        }

        return actions.ActionDescriptors.Items
            .FirstOrDefault(static action => action.EndpointMetadata.OfType<ISessionMetadata>().Any())?.DisplayName;
    }
}
