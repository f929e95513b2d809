using System.Text;
using Microsoft.AspNetCore.Http;
using Millpond.IntegrationTests.Load;
using Xunit;

namespace Millpond.IntegrationTests.Bank;

/// <summary><c>load --url</c> at what is no bank, or one that lies: it ends with a sentence and exit code 1.</summary>
public sealed class HostileBankTests
{
    private static readonly string Endless = new('1', 1 << 16);

    [Theory]
    [InlineData("[null]")]
    [InlineData("""[{"id":1,"owner":null,"balance":1}]""")]
    [InlineData("""[{"id":2,"owner":"a","balance":1},{"id":2,"owner":"b","balance":1}]""")]
    [InlineData("""[{"id":0,"owner":"a","balance":1}]""")]
    public async Task An_invalid_list_is_reported_in_one_sentence(string accounts)
    {
        await using var site = await LoadSite.StartAsync((context, _) =>
            AnswerAsync(context, context.Request.Path == "/accounts" ? accounts : Totals));

        await using var run = await LoadRun.EndAsync(1, "--url", site.Address);

        Assert.Equal(
            $"{site.Address}/ gave an unexpected answer to GET /accounts?after=0&limit=500. Is it a bank?",
            run.Errors);
    }

    [Fact]
    public async Task An_endless_response_is_abandoned_and_not_buffered()
    {
        await using var site = await LoadSite.StartAsync(async (context, _) =>
        {
            context.Response.ContentType = "application/json";
            while (!context.RequestAborted.IsCancellationRequested)
            {
                await context.Response.WriteAsync(Endless, context.RequestAborted);
            }
        });

        await using var run = await LoadRun.EndAsync(1, "--url", site.Address);

        Assert.Equal($"{site.Address}/ gave an unexpected answer to GET /totals. Is it a bank?", run.Errors);
    }

    [Fact]
    public async Task Endless_transfers_are_reported_in_one_sentence()
    {
        await using var bank = await LyingBank.StartAsync(transfers: context =>
        {
            var after = long.Parse(context.Request.Query["after"]!, System.Globalization.CultureInfo.InvariantCulture);
            return AnswerAsync(context, $$"""[{"id":{{Math.Max(after, after + 1)}},"from":1,"to":2,"amount":1}]""");
        });

        await using var run = await LoadRun.EndAsync(1, "--url", bank.Address, "--accounts", "2", "--seconds", "0.1");

        Assert.Contains("gave an unexpected answer", run.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Overflowing_sums_do_not_crash()
    {
        await using var bank = await LyingBank.StartAsync(balance: long.MaxValue);

        await using var run = await LoadRun.EndAsync(1, "--url", bank.Address, "--accounts", "2", "--seconds", "0.1");

        Assert.Contains(" was answered 201 but is not listed: ", run.Output, StringComparison.Ordinal);
        Assert.Empty(run.Errors);
    }

    [Fact]
    public async Task The_audit_finds_one_number_given_to_every_account()
    {
        await using var bank = await LyingBank.StartAsync(sameId: true);

        await using var run = await LoadRun.EndAsync(1, "--url", bank.Address, "--accounts", "2", "--seconds", "0.1");

        Assert.EndsWith("opened two accounts with the same id. Is it a bank?", run.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Text_of_a_server_appears_in_the_table_only_as_a_word()
    {
        await using var bank = await LyingBank.StartAsync(transfer: async (context, number) =>
        {
            context.Response.StatusCode = (int)(400 + (number % 90));
            context.Response.ContentType = "application/problem+json";
            await context.Response.WriteAsync($$"""{"code":"\u001b[31mred{{Endless}}"}""");
        });

        await using var run = await LoadRun.EndAsync(
            1, "--url", bank.Address, "--accounts", "2", "--seconds", "1", "--rate", "100");

        Assert.DoesNotContain('\u001b', run.Output);
        Assert.DoesNotContain("1111", run.Output, StringComparison.Ordinal);
        Assert.True(run.Output.Split('\n').Length < 80, run.Output);
        Assert.Equal(100, run.Number("all"));
        Assert.InRange(run.Number("any other"), 1, 100);
    }

    [Fact]
    public async Task A_bank_that_dies_under_load_still_yields_a_table_with_unknown_outcomes()
    {
        var bank = await LyingBank.StartAsync();
        await using var ending = bank;
        bank.DiesAfter(transfers: 150);   // the warm-up's 100 and some

        await using var run = await LoadRun.EndAsync(
            1, "--url", bank.Address, "--accounts", "2", "--seconds", "2", "--rate", "100");

        Assert.Equal(200, run.Number("all"));
        Assert.StartsWith("The money could not be checked: ", run.Errors, StringComparison.Ordinal);
    }

    internal const string Totals = """{"accounts":0,"balance":0,"transfers":0}""";

    internal static Task AnswerAsync(HttpContext context, string json, int status = StatusCodes.Status200OK)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        return context.Response.WriteAsync(json, Encoding.UTF8);
    }
}
