using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace Millpond.IntegrationTests.Requests;

/// <summary>What a test site is made of.</summary>
public sealed class SitePlan
{
    public required Action<WebApplication> Map { get; init; }

    public Action<EngineOptions>? Engine { get; init; }

    /// <summary>Gets what <c>UseMillpond</c> is told about requests.</summary>
    public Action<MillpondRequestOptions>? Requests { get; init; }

    public Action<IServiceCollection>? Services { get; init; }

    /// <summary>Gets what is registered before the engine, so that it would stop after it.</summary>
    public Action<IServiceCollection>? ServicesBefore { get; init; }

    public HttpProtocols Protocols { get; init; } = HttpProtocols.Http1;

    /// <summary>Gets what stands outside of <c>UseMillpond</c>; null: an exception handler that remembers the errors.</summary>
    public Action<WebApplication>? Outside { get; init; }

    /// <summary>Gets what runs between that and <c>UseMillpond</c>, as authentication does.</summary>
    public Action<WebApplication>? Before { get; init; }
}
