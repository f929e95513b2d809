using System.Text.Json;
using Xunit;

namespace Millpond.IntegrationTests.Bank;

public abstract class AccountsContract(BankFixture bank)
{
    private readonly BankClient _bank = bank.Client;

    [Fact]
    public async Task Opening_an_account_returns_201_with_the_account_and_its_Location()
    {
        var answer = await _bank.PostAsync("/accounts", """{"owner":"ada","balance":100}""");

        var id = answer.Json.GetProperty("id").GetInt64();
        Assert.Equal((201, $"/accounts/{id}"), (answer.Status, answer.Header("Location")));
        Assert.Equal($$"""{"id":{{id}},"owner":"ada","balance":100}""", answer.Text);
        Assert.Equal(answer.Text, (await _bank.GetAsync($"/accounts/{id}")).Text);
    }

    [Theory]
    [InlineData("  ada \\t\\r\\n ", "ada")]
    [InlineData("Zo\\u00eb \\ud83d\\ude00", "Zoë 😀")]
    [InlineData("a'); drop table accounts; --", "a'); drop table accounts; --")]
    [InlineData("{0} %s $1 @p0", "{0} %s $1 @p0")]
    public async Task An_owner_is_trimmed_and_otherwise_unchanged(string sent, string kept)
    {
        var opened = await _bank.PostAsync("/accounts", $$"""{"owner":"{{sent}}","balance":0}""");
        var found = await _bank.GetAsync(opened.Header("Location")!);

        Assert.Equal((201, kept, kept), (opened.Status, Owner(opened), Owner(found)));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(100)]
    public async Task An_owner_has_1_to_100_characters(int length)
    {
        Assert.Equal(201, (await OpenAsync(new string('x', length))).Status);
        Assert.Equal(201, (await OpenAsync(string.Concat(Enumerable.Repeat("😀", length)))).Status);
    }

    [Theory]
    [InlineData("")]
    [InlineData(" \t ")]
    [InlineData("a\0b")]
    [InlineData("a\u0007b")]
    [InlineData("a\nb")]
    [InlineData("a\u007fb")]
    [InlineData("a\u0085b")]
    public async Task An_owner_that_is_empty_or_has_control_characters_is_400(string owner) =>
        (await OpenAsync(owner)).AssertInvalid("owner");

    [Fact]
    public async Task An_owner_of_101_characters_is_400() => (await OpenAsync(new string('x', 101))).AssertInvalid("owner");

    [Theory]
    [InlineData(0)]
    [InlineData(1_000_000_000_000_000)]
    public async Task A_balance_may_be_0_to_10_to_the_15th(long balance) =>
        Assert.Equal(balance, await _bank.BalanceAsync(await _bank.OpenAccountAsync(balance)));

    [Theory]
    [InlineData("-1")]
    [InlineData("1000000000000001")]
    [InlineData("9223372036854775807")]
    [InlineData("9223372036854775808")]
    [InlineData("100000000000000000000000000000000")]
    public async Task A_balance_outside_the_range_is_400(string balance) =>
        (await _bank.PostAsync("/accounts", $$"""{"owner":"ada","balance":{{balance}}}""")).AssertInvalid("balance");

    [Fact]
    public async Task All_faults_of_a_body_are_reported_together() =>
        (await _bank.PostAsync("/accounts", """{"owner":"","balance":-1}""")).AssertInvalid("owner", "balance");

    [Fact]
    public async Task Rejected_requests_leave_nothing()
    {
        var before = await _bank.TotalsAsync();

        (await OpenAsync("")).AssertInvalid("owner");

        Assert.Equal(before, await _bank.TotalsAsync());
    }

    [Theory]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("+1")]
    [InlineData("%201")]
    [InlineData("1.0")]
    [InlineData("1e0")]
    [InlineData("abc")]
    [InlineData("9223372036854775807")]
    [InlineData("9223372036854775808")]
    [InlineData("1;drop")]
    [InlineData("٣")]
    public async Task An_invalid_or_unknown_id_is_404(string id) =>
        (await _bank.GetAsync($"/accounts/{id}")).AssertProblem(404);

    [Fact]
    public async Task Ids_ascend_and_are_never_reused()
    {
        var last = await _bank.OpenAccountAsync(0);
        await bank.Database.ExecuteAsync($"delete from accounts where id = {last}");

        Assert.True(await _bank.OpenAccountAsync(0) > last);
    }

    private static string? Owner(Answer answer) => answer.Json.GetProperty("owner").GetString();

    private Task<Answer> OpenAsync(string owner) =>
        _bank.PostAsync("/accounts", JsonSerializer.Serialize(new { owner, balance = 0 }));

    [Collection(SqliteBank.Name)]
    public sealed class OnSqlite(SqliteBank bank) : AccountsContract(bank);

    [Collection(PostgresBank.Name)]
    [Trait("Needs", "PostgreSQL")]
    public sealed class OnPostgreSql(PostgresBank bank) : AccountsContract(bank);
}
