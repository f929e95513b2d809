namespace Shop._1.Tests;

public sealed class ServiceTests(Service service) : IClassFixture<Service>
{
    private readonly HttpClient _client = service.CreateClient();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_health_check_reaches_the_database() =>
        Assert.Equal("Healthy", await _client.GetStringAsync("/health", Token));

    [Fact]
    public async Task The_OpenAPI_document_describes_the_items() =>
        Assert.Contains("/items/{id}", await _client.GetStringAsync("/openapi/v1.json", Token), StringComparison.Ordinal);

    [Fact]
    public async Task The_OpenAPI_page_is_there()
    {
        using var page = await _client.GetAsync("/scalar", Token);

        Assert.Equal("text/html", page.EnsureSuccessStatusCode().Content.Headers.ContentType?.MediaType);
    }
}
