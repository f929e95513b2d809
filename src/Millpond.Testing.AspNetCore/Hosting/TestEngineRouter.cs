using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Millpond.Testing.AspNetCore.Hosting;

/// <summary>Sends each session to the database of its test.</summary>
internal sealed class TestEngineRouter(TestDatabaseRoutes routes, IHostApplicationLifetime lifetime) : EngineRouter
{
    public override DbEngine Route(IServiceProvider services, string engineName)
    {
        if (!routes.Serves(engineName))
        {
            return base.Route(services, engineName);
        }

        if ((services.GetRequiredService<TestDatabaseScope>().Database ?? routes.OfRequest) is not { } database)
        {
            // Migrations and the like, before there is any test.
            return !lifetime.ApplicationStarted.IsCancellationRequested
                ? base.Route(services, engineName)
                : throw new InvalidOperationException(
                    "A session was opened outside of any test. Send requests by factory.CreateClient(database), and use " +
                    "services by factory.RunInSessionAsync(database, …) or factory.CreateScope(database).");
        }

        return !database.IsDisposed ? database.Engine : throw new InvalidOperationException(
            $"A session was opened for test '{database.Test}', which has ended. Wait in the test for what its requests started.");
    }
}
