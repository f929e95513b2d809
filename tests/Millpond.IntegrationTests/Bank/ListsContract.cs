using Xunit;

namespace Millpond.IntegrationTests.Bank;

public abstract class ListsContract(BankFixture bank)
{
    private readonly BankClient _bank = bank.Client;

    [Fact]
    public async Task Accounts_are_listed_ascending_by_id_after_the_given_one()
    {
        var ids = new List<long>();
        for (var i = 0; i < 5; i++)
        {
            ids.Add(await _bank.OpenAccountAsync(i));
        }

        Assert.Equal(ids[1..], await IdsAsync($"/accounts?after={ids[0]}"));
        Assert.Equal(ids[1..3], await IdsAsync($"/accounts?after={ids[0]}&limit=2"));
        Assert.Equal([], await IdsAsync($"/accounts?after={ids[4]}"));
        Assert.Equal([], await IdsAsync($"/accounts?after={long.MaxValue}"));
        var account = (await _bank.GetAsync($"/accounts?limit=1&after={ids[3]}")).Text;
        Assert.Equal($$"""[{"id":{{ids[4]}},"owner":"ada","balance":4}]""", account);
    }

    [Fact]
    public async Task Transfers_are_listed_ascending_by_id_after_the_given_one()
    {
        var (ada, bob) = (await _bank.OpenAccountAsync(10), await _bank.OpenAccountAsync(0));
        var ids = new List<long>();
        for (var i = 0; i < 4; i++)
        {
            ids.Add((await _bank.TransferAsync(ada, bob, 1)).Json.GetProperty("id").GetInt64());
        }

        Assert.Equal(ids[1..], await IdsAsync($"/transfers?after={ids[0]}"));
        Assert.Equal(ids[1..3], await IdsAsync($"/transfers/?limit=2&after={ids[0]}"));
        var transfer = (await _bank.GetAsync($"/transfers?after={ids[2]}")).Text;
        Assert.Equal($$"""[{"id":{{ids[3]}},"from":{{ada}},"to":{{bob}},"amount":1}]""", transfer);
    }

    [Fact]
    public async Task A_list_has_50_entries_by_default_and_500_at_most()
    {
        var first = await _bank.OpenAccountAsync(0);
        await bank.Database.FillAsync("accounts (owner, balance)", "'many', i", 600);

        Assert.Equal(50, (await IdsAsync($"/accounts?after={first}")).Count);
        Assert.Equal(50, (await IdsAsync("/accounts")).Count);
        var most = await IdsAsync($"/accounts?after={first}&limit=500");
        Assert.Equal(500, most.Count);
        Assert.Equal(most.Order(), most);
        Assert.Equal(100, (await IdsAsync($"/accounts?after={most[^1]}&limit=500")).Count);
    }

    [Theory]
    [InlineData("after=", "after")]
    [InlineData("after", "after")]
    [InlineData("after=-1", "after")]
    [InlineData("after=x", "after")]
    [InlineData("after=1.0", "after")]
    [InlineData("after=+1", "after")]
    [InlineData("after=%201", "after")]
    [InlineData("after=1%00", "after")]
    [InlineData("after=0x1", "after")]
    [InlineData("after=9223372036854775808", "after")]
    [InlineData("after=0&after=0", "after")]
    [InlineData("after=0&After=0", "after")]
    [InlineData("limit=", "limit")]
    [InlineData("limit=0", "limit")]
    [InlineData("limit=-1", "limit")]
    [InlineData("limit=501", "limit")]
    [InlineData("limit=5,5", "limit")]
    [InlineData("limit=1&limit=2", "limit")]
    [InlineData("limit=null&after=null", "limit", "after")]
    public async Task An_invalid_query_value_is_400(
        string query, params string[] members)
    {
        (await _bank.GetAsync($"/accounts?{query}")).AssertInvalid(members);
        (await _bank.GetAsync($"/transfers?{query}")).AssertInvalid(members);
    }

    [Fact]
    public async Task Unknown_query_values_are_ignored() =>
        Assert.Equal(200, (await _bank.GetAsync("/accounts?page=x&page=&after=0&limit=500")).Status);

    private async Task<List<long>> IdsAsync(string path)
    {
        var answer = await _bank.GetAsync(path);
        Assert.Equal((200, "application/json; charset=utf-8"), (answer.Status, answer.Header("Content-Type")));
        return [.. answer.Json.EnumerateArray().Select(e => e.GetProperty("id").GetInt64())];
    }

    [Collection(SqliteBank.Name)]
    public sealed class OnSqlite(SqliteBank bank) : ListsContract(bank);

    [Collection(PostgresBank.Name)]
    [Trait("Needs", "PostgreSQL")]
    public sealed class OnPostgreSql(PostgresBank bank) : ListsContract(bank);
}
