using System.Globalization;
using Bank.Input;
using Microsoft.OpenApi;
using Scalar.AspNetCore;

namespace Bank.Documentation;

/// <summary>The OpenAPI document and a page to browse it.</summary>
internal static class DocumentationEndpoints
{
    public static void AddBankDocumentation(this IServiceCollection services) => services.AddOpenApi(options =>
    {
        options.ShouldInclude = endpoint => endpoint.HttpMethod != HttpMethods.Head;
        options.AddDocumentTransformer((document, _, _) =>
        {
            document.Info = new OpenApiInfo
            {
                Title = "Millpond Bank",
                Version = "1",
                Description = "A small bank. All amounts are whole cents; every error is application/problem+json.",
            };
            return Task.CompletedTask;
        });
        options.AddOperationTransformer((operation, context, _) =>
        {
            if (context.Description.ActionDescriptor.EndpointMetadata.OfType<PageMetadata>().Any())
            {
                operation.Parameters = [Query("after", 0, null, 0), Query("limit", 1, 500, 50)];
            }

            return Task.CompletedTask;
        });
    });

    public static void MapDocumentation(this IEndpointRouteBuilder bank)
    {
        bank.MapOpenApi("/openapi/v1.json").WithoutSession();   // the only document: any other name is an unknown route

        // The page works offline and sends nothing to third parties.
        bank.MapScalarApiReference(options => options.WithTitle("Millpond Bank").DisableDefaultFonts()
            .DisableTelemetry().DisableAgent().DisableMcp().HideDeveloperTools().HideClientButton()).WithoutSession();
    }

    private static OpenApiParameter Query(string name, long least, long? most, long usual) => new()
    {
        Name = name,
        In = ParameterLocation.Query,
        Schema = new OpenApiSchema
        {
            Type = JsonSchemaType.Integer,
            Format = "int64",
            Minimum = least.ToString(CultureInfo.InvariantCulture),
            Maximum = most?.ToString(CultureInfo.InvariantCulture),
            Default = usual,
        },
    };
}
