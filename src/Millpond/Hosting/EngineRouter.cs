using Microsoft.Extensions.DependencyInjection;
using Millpond.Hosting.Background;

namespace Millpond;

/// <summary>Selects the engine of a scope's session.</summary>
/// <remarks>Derive a class and register it to use another engine than the one with that name, for example a tenant's database
/// or the database of a single test. It is called once per scope and engine name and must be thread-safe. Inside a background
/// job it is not called for the engine of the job's own session.</remarks>
public class EngineRouter
{
    /// <summary>Selects the engine.</summary>
    /// <param name="services">The services of the scope; in ASP.NET Core the request's.</param>
    /// <param name="engineName">The engine name of the requested session.</param>
    /// <returns>The engine. Its owner disposes it.</returns>
    /// <exception cref="InvalidOperationException">There is no such engine.</exception>
    public virtual DbEngine Route(IServiceProvider services, string engineName) =>
        services.GetRequiredKeyedService<DbEngine>(engineName);

    /// <summary>Finds the engine. Inside a background job it is the job's own one.</summary>
    internal DbEngine Find(IServiceProvider services, string engineName) =>
        BackgroundJob.EngineOf(engineName) ?? Route(services, engineName);
}
