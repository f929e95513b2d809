using System.Net;
using System.Net.Http.Json;
using Grpc.Core;
using Grpc.Net.Client;
using Millpond.Testing.Servers;
using Millpond.PackageTests.Programs;
using Native;
using Xunit;

namespace Millpond.PackageTests;

/// <summary>The packages in a program that is published with native AOT. All tests share one slow publication.</summary>
public sealed class NativeTests(NativeProgram native) : IClassFixture<NativeProgram>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    [Trait("Needs", "Linker")]
    public Task A_service_with_native_AOT_works_on_SQLite() => TalkAsync("sqlite:items.db");

    [Fact]
    [Trait("Needs", "PostgreSQL")]
    [Trait("Needs", "Linker")]
    public Task A_service_with_native_AOT_works_on_PostgreSQL() => EmptyDatabase.RunAsync((url, _) => TalkAsync(url));

    private async Task TalkAsync(string database)
    {
        var grpc = FreePort.Find();
        await using var service = await native.StartAsync(database, grpc);

        Assert.Equal("Healthy", await service.Client.GetStringAsync("/health", Token));
        using var created = await service.Client.PostAsJsonAsync("/items", new { name = "kettle" }, Token);
        Assert.Equal((HttpStatusCode.Created, "/items/1"), (created.StatusCode, created.Headers.Location?.ToString()));
        Assert.Equal("""{"id":1,"name":"kettle"}""", await service.Client.GetStringAsync("/items/1", Token));
        using var refused = await service.Client.PostAsJsonAsync("/items", new { name = "kettle" }, Token);
        Assert.Equal(
            (HttpStatusCode.InternalServerError, "application/problem+json"),
            (refused.StatusCode, refused.Content.Headers.ContentType?.MediaType));

        using var channel = GrpcChannel.ForAddress($"http://127.0.0.1:{grpc}");
        var items = new Items.ItemsClient(channel);
        var cup = await items.AddAsync(new NewItem { Name = "cup" }, cancellationToken: Token);
        Assert.Equal($$"""{"id":{{cup.Id}},"name":"cup"}""", await service.Client.GetStringAsync($"/items/{cup.Id}", Token));
        var error = await Assert.ThrowsAsync<RpcException>(
            () => items.AddAsync(new NewItem { Name = "cup" }, cancellationToken: Token).ResponseAsync);
        Assert.NotEqual(StatusCode.OK, error.StatusCode);

        Assert.Contains("<script defer", await service.Client.GetStringAsync("/millpond", Token), StringComparison.Ordinal);
        Assert.Contains(
            "\"operation\":\"POST /items\"",
            await service.Client.GetStringAsync("/millpond/snapshot.json", Token),
            StringComparison.Ordinal);
        using var events = await service.Client.GetAsync(
            new Uri("/millpond/events", UriKind.Relative), HttpCompletionOption.ResponseHeadersRead, Token);
        Assert.Equal("text/event-stream", events.Content.Headers.ContentType?.MediaType);
    }
}
