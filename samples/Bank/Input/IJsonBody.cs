using System.Reflection;
using Microsoft.AspNetCore.Http.Metadata;

namespace Bank.Input;

/// <summary>Marks a type that is bound from the body, so that the OpenAPI document describes it.</summary>
internal interface IJsonBody : IEndpointParameterMetadataProvider
{
    static void IEndpointParameterMetadataProvider.PopulateMetadata(ParameterInfo parameter, EndpointBuilder builder) =>
        builder.Metadata.Add(new AcceptsMetadata(["application/json"], parameter.ParameterType));
}
