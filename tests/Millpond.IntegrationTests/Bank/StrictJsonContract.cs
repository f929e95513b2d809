using System.Text;
using Xunit;

namespace Millpond.IntegrationTests.Bank;

public abstract class StrictJsonContract(BankFixture bank)
{
    private readonly BankClient _bank = bank.Client;

    [Theory]
    [InlineData("""{"owner":"ada","balance":"100"}""", "balance")]
    [InlineData("""{"owner":"ada","balance":100.0}""", "balance")]
    [InlineData("""{"owner":"ada","balance":1e2}""", "balance")]
    [InlineData("""{"owner":"ada","balance":null}""", "balance")]
    [InlineData("""{"owner":"ada","balance":true}""", "balance")]
    [InlineData("""{"owner":"ada","balance":[100]}""", "balance")]
    [InlineData("""{"owner":"ada"}""", "balance")]
    [InlineData("""{"owner":"ada","Balance":100}""", "balance")]
    [InlineData("""{"owner":null,"balance":100}""", "owner")]
    [InlineData("""{"owner":7,"balance":100}""", "owner")]
    [InlineData("""{"owner":{"a":1},"balance":100}""", "owner")]
    [InlineData("""{"balance":100}""", "owner")]
    [InlineData("""{"owner":"a\u0000","balance":100}""", "owner")]
    [InlineData("""{"owner":"a\ud800","balance":100}""", "owner")]
    [InlineData("""{"owner":"\udc00\ud800","balance":100}""", "owner")]
    [InlineData("{}", "owner", "balance")]
    [InlineData("""{"owner":"a","owner":"b","balance":100}""", "body")]
    [InlineData("""{"owner":"a","balance":1,"balance":1}""", "body")]
    [InlineData("""{"owner":"a","\u006fwner":"b","balance":100}""", "body")]
    [InlineData("""{"owner":"a","balance":1,"x":1,"x":1}""", "body")]
    [InlineData("""{"owner":"a","balance":1,"x":{"y":1,"y":2}}""", "body")]
    [InlineData("""{"owner":"a","balance":1,"\ud800":1}""", "body")]
    [InlineData("", "body")]
    [InlineData("  ", "body")]
    [InlineData("null", "body")]
    [InlineData("[]", "body")]
    [InlineData("""[{"owner":"ada","balance":100}]""", "body")]
    [InlineData("7", "body")]
    [InlineData("\"text\"", "body")]
    [InlineData("{", "body")]
    [InlineData("""{"owner":"ada","balance":100""", "body")]
    [InlineData("""{"owner":"ada","balance":100,}""", "body")]
    [InlineData("""{"owner":"ada","balance":0100}""", "body")]
    [InlineData("""{"owner":"ada","balance":+100}""", "body")]
    [InlineData("""{"owner":"ada","balance":NaN}""", "body")]
    [InlineData("""{"owner":"ada","balance":100} x""", "body")]
    [InlineData("""{"owner":"ada","balance":100}{}""", "body")]
    [InlineData("""{'owner':'ada','balance':100}""", "body")]
    [InlineData("""{"owner":"ada",/**/"balance":100}""", "body")]
    [InlineData("owner=ada&balance=100", "body")]
    public async Task An_invalid_body_is_400_and_names_the_member(string body, params string[] members)
    {
        var before = await _bank.TotalsAsync();

        (await _bank.PostAsync("/accounts", body)).AssertInvalid(members);

        Assert.Equal(before, await _bank.TotalsAsync());
    }

    [Theory]
    [InlineData("""{"from":1,"to":2}""", "amount")]
    [InlineData("""{"from":1,"to":2,"amount":"30"}""", "amount")]
    [InlineData("""{"from":1.0,"to":2,"amount":30}""", "from")]
    [InlineData("""{"from":1,"to":2e0,"amount":30}""", "to")]
    [InlineData("""{"from":1,"from":1,"to":2,"amount":30}""", "body")]
    [InlineData("null", "body")]
    [InlineData("", "body")]
    public async Task Transfers_follow_the_same_rules(string body, params string[] members) =>
        (await _bank.PostAsync("/transfers", body)).AssertInvalid(members);

    [Fact]
    public async Task Text_that_is_not_UTF_8_is_400()
    {
        byte[][] texts = [[0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf5, 0x80, 0x80, 0x80], [0xe2, 0x82]];
        foreach (var text in texts)
        {
            byte[] owner = [.. """{"balance":1,"owner":"a"""u8, .. text, .. "\"}"u8];
            byte[] unknown = [.. """{"balance":1,"owner":"a","x":"a"""u8, .. text, .. "\"}"u8];
            byte[] name = [.. """{"balance":1,"owner":"a","a"""u8, .. text, .. "\":1}"u8];
            (await _bank.SendAsync("POST", "/accounts", owner, BankClient.Json)).AssertInvalid("body");
            (await _bank.SendAsync("POST", "/accounts", unknown, BankClient.Json)).AssertInvalid("body");
            (await _bank.SendAsync("POST", "/accounts", name, BankClient.Json)).AssertInvalid("body");
        }
    }

    [Theory]
    [InlineData("""{"owner":"ada","balance":100,"id":7,"note":null,"more":{"a":[1,"2"]}}""")]
    [InlineData(" \r\n\t{ \"balance\" : 100 , \"owner\" : \"ada\" } \n")]
    [InlineData("""{"\u006fwner":"\u0061da","balance":100}""")]
    [InlineData("\ufeff{\"owner\":\"ada\",\"balance\":100}")]
    public async Task Unknown_members_spaces_escapes_and_a_byte_order_mark_are_accepted(string body)
    {
        var answer = await _bank.PostAsync("/accounts", body);

        Assert.Equal((201, "ada"), (answer.Status, answer.Json.GetProperty("owner").GetString()));
    }

    [Fact]
    public async Task Deep_nesting_is_400() =>
        (await _bank.PostAsync("/accounts", $$"""{"x":{{new string('[', 30_000)}}""")).AssertInvalid("body");

    [Theory]
    [InlineData("application/json")]
    [InlineData("application/json; charset=utf-8")]
    [InlineData("application/json; charset=\"UTF-8\"")]
    [InlineData("Application/JSON")]
    public async Task UTF_8_JSON_is_an_accepted_media_type(string type) => Assert.Equal(201, (await SendAsync(type)).Status);

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/x-www-form-urlencoded")]
    [InlineData("application/xml")]
    [InlineData("application/jsonp")]
    [InlineData("application/json; charset=utf-16")]
    [InlineData("application/json; charset=nonsense")]
    [InlineData(null)]
    public async Task Any_other_media_type_is_415(string? type) => (await SendAsync(type)).AssertProblem(415);

    private Task<Answer> SendAsync(string? type) =>
        _bank.SendAsync("POST", "/accounts", Encoding.UTF8.GetBytes("""{"owner":"ada","balance":100}"""), type);

    [Collection(SqliteBank.Name)]
    public sealed class OnSqlite(SqliteBank bank) : StrictJsonContract(bank);

    [Collection(PostgresBank.Name)]
    [Trait("Needs", "PostgreSQL")]
    public sealed class OnPostgreSql(PostgresBank bank) : StrictJsonContract(bank);
}
