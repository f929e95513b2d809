using System.Net;
using System.Net.Http.Json;
using Shop._1.Items;

namespace Shop._1.Tests;

public sealed class ItemTests(Service service) : IClassFixture<Service>
{
    private readonly HttpClient _client = service.CreateClient();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_added_item_can_be_read()
    {
        using var response = await _client.PostAsJsonAsync("/items", new NewItem("kettle", 3), Token);
        Assert.Equal(HttpStatusCode.Created, response.StatusCode);

        var item = await _client.GetFromJsonAsync<Item>(response.Headers.Location, Token);
        Assert.Equal(new Item(item!.Id, "kettle", 3), item);
        Assert.Contains(item, await _client.GetFromJsonAsync<List<Item>>("/items", Token) ?? []);
    }

    [Fact]
    public async Task A_deleted_item_is_gone()
    {
        using var response = await _client.PostAsJsonAsync("/items", new NewItem("cup", 1), Token);
        var path = response.Headers.Location;

        using var deleted = await _client.DeleteAsync(path, Token);
        Assert.Equal(HttpStatusCode.NoContent, deleted.StatusCode);
        using var missing = await _client.GetAsync(path, Token);
        Assert.Equal(HttpStatusCode.NotFound, missing.StatusCode);
    }

    [Fact]
    public async Task An_unknown_item_is_a_problem_document()
    {
        using var response = await _client.GetAsync("/items/9999", Token);

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
    }

    [Fact]
    public async Task An_item_without_a_name_is_a_problem_document_that_names_the_field()
    {
        using var response = await _client.PostAsJsonAsync("/items", new NewItem("", 1), Token);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains("Name", await response.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
    }
}
