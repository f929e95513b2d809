using Microsoft.Extensions.DependencyInjection;
using Millpond.Hosting.Background;

namespace Millpond;

/// <summary>Finds the engine that a scope's session is opened on.</summary>
/// <remarks>
/// Register a class of your own derived from it to send a request elsewhere than to the engine of that name: to a tenant's
/// database, or to the database that belongs to one test. Called once per scope and engine name; must be thread-safe. Inside a
/// background job it is not called for the engine of the job's own session.
/// </remarks>
public class EngineRouter
{
    /// <summary>Finds the engine.</summary>
    /// <param name="services">The scope's services: the request's, under ASP.NET Core.</param>
    /// <param name="engineName">The name the session was asked for by.</param>
    /// <returns>The engine; it stays its owner's to dispose.</returns>
    /// <exception cref="InvalidOperationException">There is no such engine.</exception>
    public virtual DbEngine Route(IServiceProvider services, string engineName) =>
        services.GetRequiredKeyedService<DbEngine>(engineName);

    /// <summary>Finds the engine: inside a background job the job's own, where its origin was sent.</summary>
    internal DbEngine Find(IServiceProvider services, string engineName) =>
        BackgroundJob.EngineOf(engineName) ?? Route(services, engineName);
}
