using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Millpond;
using Millpond.Testing.AspNetCore.Hosting;

namespace Microsoft.AspNetCore.Mvc.Testing;

/// <summary>Sends the requests of each test to its own database, with one host for all tests.</summary>
public static class WebApplicationFactoryExtensions
{
    /// <summary>Has the application use the databases of tests.</summary>
    /// <typeparam name="TEntryPoint">A type of the application's assembly.</typeparam>
    /// <param name="factory">The application's factory. Make one for all tests.</param>
    /// <param name="databases">Where the tests' databases come from.</param>
    /// <param name="engine">The name of the engine whose database it is. Null: the application has one engine.</param>
    /// <returns>The factory to use. The application starts with a database of its own, for what it does at its start.</returns>
    public static WebApplicationFactory<TEntryPoint> WithTestDatabases<TEntryPoint>(
        this WebApplicationFactory<TEntryPoint> factory, Databases databases, string? engine = null)
        where TEntryPoint : class
    {
        ArgumentNullException.ThrowIfNull(factory);
        ArgumentNullException.ThrowIfNull(databases);
        return factory.WithWebHostBuilder(builder => builder.ConfigureTestServices(services =>
        {
            services.AddSingleton(_ => new TestDatabaseRoutes(databases, engine));
            services.AddSingleton<IPostConfigureOptions<EngineOptions>, HostDatabase>();
            services.Replace(ServiceDescriptor.Singleton<EngineRouter, TestEngineRouter>());
            services.AddScoped<TestDatabaseScope>();
            services.Insert(0, ServiceDescriptor.Singleton<IStartupFilter, TestDatabaseFilter>());
        }));
    }

    /// <summary>Creates a client whose requests use a test's database.</summary>
    /// <typeparam name="TEntryPoint">A type of the application's assembly.</typeparam>
    /// <param name="factory">What <see cref="WithTestDatabases"/> returned.</param>
    /// <param name="database">The test's database.</param>
    /// <param name="options">How the client behaves. Null: as without databases.</param>
    /// <returns>The client.</returns>
    /// <exception cref="InvalidOperationException"><see cref="WithTestDatabases"/> was not called.</exception>
    public static HttpClient CreateClient<TEntryPoint>(
        this WebApplicationFactory<TEntryPoint> factory,
        TestDatabase database,
        WebApplicationFactoryClientOptions? options = null)
        where TEntryPoint : class
    {
        var token = factory.Routes().Add(database);
        var client = factory.CreateClient(options ?? factory.ClientOptions);
        client.DefaultRequestHeaders.Add(TestDatabaseRoutes.Header, token);
        return client;
    }

    /// <summary>Creates a handler whose requests use a test's database, for clients of gRPC and SignalR.</summary>
    /// <typeparam name="TEntryPoint">A type of the application's assembly.</typeparam>
    /// <param name="factory">What <see cref="WithTestDatabases"/> returned.</param>
    /// <param name="database">The test's database.</param>
    /// <returns>The handler.</returns>
    /// <exception cref="InvalidOperationException"><see cref="WithTestDatabases"/> was not called.</exception>
    public static HttpMessageHandler CreateHandler<TEntryPoint>(
        this WebApplicationFactory<TEntryPoint> factory, TestDatabase database)
        where TEntryPoint : class =>
        new TestDatabaseHandler(factory.Routes().Add(database), factory.Server.CreateHandler());

    /// <summary>Runs work with the application's services in a scope whose session uses a test's database and is committed at the
    /// end: to seed, or to call a service directly.</summary>
    /// <typeparam name="TEntryPoint">A type of the application's assembly.</typeparam>
    /// <param name="factory">What <see cref="WithTestDatabases"/> returned.</param>
    /// <param name="database">The test's database.</param>
    /// <param name="work">The work, with the scope's services.</param>
    /// <param name="cancellationToken">Cancels the work.</param>
    /// <returns>A task that ends when the work is committed.</returns>
    /// <exception cref="InvalidOperationException"><see cref="WithTestDatabases"/> was not called.</exception>
    public static async Task RunInSessionAsync<TEntryPoint>(
        this WebApplicationFactory<TEntryPoint> factory,
        TestDatabase database,
        Func<IServiceProvider, CancellationToken, Task> work,
        CancellationToken cancellationToken = default)
        where TEntryPoint : class
    {
        ArgumentNullException.ThrowIfNull(database);
        ArgumentNullException.ThrowIfNull(work);
        factory.Routes().OfRequest = database;   // until this method returns
        await factory.Services.RunInSessionAsync(work, cancellationToken: cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Creates a service scope whose sessions use a test's database, to read by a service.</summary>
    /// <typeparam name="TEntryPoint">A type of the application's assembly.</typeparam>
    /// <param name="factory">What <see cref="WithTestDatabases"/> returned.</param>
    /// <param name="database">The test's database.</param>
    /// <returns>The scope. Its sessions only read, as in every scope that nothing commits: write in <see
    /// cref="RunInSessionAsync"/>.</returns>
    /// <exception cref="InvalidOperationException"><see cref="WithTestDatabases"/> was not called.</exception>
    public static AsyncServiceScope CreateScope<TEntryPoint>(
        this WebApplicationFactory<TEntryPoint> factory, TestDatabase database)
        where TEntryPoint : class
    {
        ArgumentNullException.ThrowIfNull(database);
        factory.Routes();
        var scope = factory.Services.CreateAsyncScope();
        scope.ServiceProvider.GetRequiredService<TestDatabaseScope>().Database = database;
        return scope;
    }

    private static TestDatabaseRoutes Routes<TEntryPoint>(this WebApplicationFactory<TEntryPoint> factory)
        where TEntryPoint : class
    {
        ArgumentNullException.ThrowIfNull(factory);
        lock (factory)   // it would start a second host for a second test that comes meanwhile
        {
            return factory.Services.GetService<TestDatabaseRoutes>() ?? throw new InvalidOperationException(
                "This factory knows no test databases. Use the one that factory.WithTestDatabases(databases) returns.");
        }
    }
}
