using Xunit;

namespace Millpond.IntegrationTests.Bank;

/// <summary>What the program does when nobody tells it anything.</summary>
public sealed class DefaultsTests
{
    [Fact]
    public async Task A_relative_file_is_in_the_project_folder_when_started_there()
    {
        DirectoryInfo? project = null;
        await using var process = BankProcess.Launch(["--urls", "http://127.0.0.1:0"], prepare: folder =>
        {
            project = folder;
            const string settings = "appsettings.json";
            File.Copy(
                Path.Combine(Path.GetDirectoryName(BankProcess.Program)!, settings), Path.Combine(folder.FullName, settings));
            File.WriteAllText(Path.Combine(folder.FullName, "Bank.csproj"), "");
        });
        using var bank = new BankClient(await process.AddressAsync());

        Assert.Equal(1, await bank.OpenAccountAsync(0));
        Assert.True(File.Exists(Path.Combine(project!.FullName, "bank.db")));
    }

    [Fact]
    public async Task A_relative_file_is_in_the_programs_folder_when_started_from_elsewhere()
    {
        var name = $"{Guid.NewGuid():n}.db";
        var file = Path.Combine(Path.GetDirectoryName(BankProcess.Program)!, name);
        try
        {
            await using var process = await BankProcess.ServeAsync($"sqlite:{name}");

            Assert.True(File.Exists(file));
            Assert.Contains(file, process.Output, StringComparison.Ordinal);
        }
        finally
        {
            Directory.GetFiles(Path.GetDirectoryName(file)!, name + "*").ToList().ForEach(File.Delete);
        }
    }

    [Fact]
    public async Task The_address_is_127_0_0_1_port_5080_or_the_requested_one()
    {
        await using var database = new SqliteBankDatabase();
        await using var process = BankProcess.Launch(["--ConnectionStrings:bank", database.Url]);

        // The port may be taken on this machine: then the refusal names it.
        var first = await Task.WhenAny(process.AddressAsync(), process.ExitAsync());
        var said = first is Task<Uri> { IsCompletedSuccessfully: true } served ? (await served).OriginalString : process.Errors;
        Assert.Contains("http://127.0.0.1:5080", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_in_memory_database_needs_no_file()
    {
        await using var process = await BankProcess.ServeAsync("sqlite::memory:");
        using var bank = process.Client();
        var (ada, bob) = (await bank.OpenAccountAsync(10), await bank.OpenAccountAsync(0));

        Assert.Equal(201, (await bank.TransferAsync(ada, bob, 10)).Status);
        (await bank.TransferAsync(ada, bob, 1)).AssertProblem(409);
        Assert.Equal(new(2, 10, 1), await bank.TotalsAsync());
    }

    [Fact]
    public async Task Development_behaves_like_production_except_for_the_live_page()
    {
        Assert.Equal(await AnswersAsync("Production"), await AnswersAsync("Development"));
    }

    [Theory]
    [InlineData("Production", "--Bank:Receipts=", 404, false)]
    [InlineData("Production", "--Bank:LivePage=true", 200, true)]
    [InlineData("Development", "--Bank:Receipts=", 200, true)]
    public async Task The_live_page_is_mapped_in_Development_or_by_its_setting(
        string environment, string setting, int status, bool isLinked)
    {
        await using var database = new SqliteBankDatabase();
        await using var process = await BankProcess.ServeAsync(database.Url, environment, setting);
        using var bank = process.Client();

        Assert.Equal(status, (await bank.GetAsync("/millpond")).Status);
        Assert.Equal(isLinked, (await bank.GetAsync("/")).Text.Contains("href=\"/millpond\"", StringComparison.Ordinal));
    }

    private static Comparer<KeyValuePair<string, string>> ByName { get; } =
        Comparer<KeyValuePair<string, string>>.Create((a, b) => string.CompareOrdinal(a.Key, b.Key));

    private static async Task<List<string>> AnswersAsync(string environment)
    {
        await using var database = new SqliteBankDatabase();
        await using var process = await BankProcess.ServeAsync(
            database.Url, environment, "--Bank:LivePage=false");   // by default only Development has that page
        using var bank = process.Client();
        await bank.OpenAccountAsync(1);
        await bank.OpenAccountAsync(1);
        var answers = new List<Answer>
        {
            await bank.PostAsync("/accounts", """{"owner":"ada","balance":"1"}"""),
            await bank.PostAsync("/accounts", "null"),
            await bank.PostAsync("/accounts", "{"),
            await bank.SendAsync("POST", "/accounts"),
            await bank.SendAsync("POST", "/accounts", new byte[70_000], BankClient.Json),
            await bank.SendAsync("POST", "/accounts", new byte[700_000], BankClient.Json),
            await bank.SendAsync("POST", "/accounts", "{}"u8.ToArray(), "text/plain"),
            await bank.SendAsync("DELETE", "/accounts", accept: "text/html"),
            await bank.TransferAsync(1, 2, 2),
            await bank.TransferAsync(1, 3, 1),
            await bank.TransferAsync(1, 2, 1),
            await bank.GetAsync("/nothing"),
            await bank.GetAsync("/accounts/x"),
            await bank.GetAsync("/accounts?limit=x"),
            await bank.GetAsync("/"),
            await bank.GetAsync("/totals"),
        };
        await database.ExecuteAsync("alter table accounts rename to elsewhere");
        answers.Add(await bank.SendAsync("GET", "/accounts", accept: "text/html"));   // an error that nobody foresaw
        Assert.Equal(500, answers[^1].Status);
        return [.. answers.Select(a => $"{a.Status} {string.Join("; ", a.Headers.Order(ByName))}\n{Anywhere(a.Text)}")];

        string Anywhere(string text) => text.Replace(bank.Address.Authority, "the bank", StringComparison.Ordinal);
    }
}
