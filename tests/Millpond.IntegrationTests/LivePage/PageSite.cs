using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Millpond.IntegrationTests.LivePage;

/// <summary>A service on Kestrel with a live page and a pool on SQLite.</summary>
internal sealed class PageSite : IAsyncDisposable
{
    private readonly WebApplication _app;

    private PageSite(WebApplication app, HttpClient client) => (_app, Client) = (app, client);

    public HttpClient Client { get; }

    public IServiceProvider Services => _app.Services;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Starts a service in an environment.</summary>
    /// <param name="environment">The environment.</param>
    /// <param name="map">Maps the live page and other endpoints.</param>
    /// <param name="services">Adds services.</param>
    /// <param name="engine">Configures the engine.</param>
    /// <param name="port">Its port; 0 for a free one.</param>
    public static async Task<PageSite> StartAsync(
        string environment,
        Action<WebApplication> map,
        Action<IServiceCollection>? services = null,
        Action<EngineOptions>? engine = null,
        int port = 0)
    {
        var app = Build(environment, map, services, engine, port);
        try
        {
            await app.StartAsync(Token);
        }
        catch
        {
            await app.DisposeAsync();
            throw;
        }

        var address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        return new PageSite(app, new HttpClient { BaseAddress = new Uri(address) });
    }

    public async Task<HttpResponseMessage> GetAsync(string path, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return await Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Token);
    }

    public async Task<HttpStatusCode> StatusAsync(string path, params (string Name, string Value)[] headers)
    {
        using var response = await GetAsync(path, headers);
        return response.StatusCode;
    }

    public Task<JsonElement> SnapshotAsync() => Client.GetFromJsonAsync<JsonElement>("/millpond/snapshot.json", Token);

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _app.StopAsync(Token);
        await _app.DisposeAsync();
    }

    private static WebApplication Build(
        string environment,
        Action<WebApplication> map,
        Action<IServiceCollection>? services,
        Action<EngineOptions>? engine,
        int port)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { EnvironmentName = environment });
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls($"http://127.0.0.1:{port}");
        builder.Services.AddMillpond(options =>
        {
            options.UseSqlite("sqlite::memory:");
            engine?.Invoke(options);
        });
        services?.Invoke(builder.Services);
        var app = builder.Build();
        map(app);
        return app;
    }
}
