using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Millpond.Testing.Servers;
using Xunit;

namespace Millpond.IntegrationTests.Bank;

/// <summary>A start that fails is one sentence on stderr, with the remedy, and exit code 1.</summary>
public sealed class FailedStartTests
{
    [Fact]
    public async Task A_port_in_use_is_reported_with_the_option_to_choose_another()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var address = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{((IPEndPoint)taken.LocalEndpoint).Port}");
        await using var database = new SqliteBankDatabase();

        var sentence = await FailAsync("--urls", address, "--ConnectionStrings:bank", database.Url);

        Assert.Contains(address, sentence, StringComparison.Ordinal);
        Assert.Contains("--urls", sentence, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("PoolSize", "--Millpond:bank:PoolSize", "0")]
    [InlineData("PoolSize", "--Millpond:bank:PoolSize", "many")]
    [InlineData("MaxOverflow", "--Millpond:bank:MaxOverflow", "-1")]
    [InlineData("urls", "--urls", "nonsense")]
    [InlineData("urls", "--urls", "http://127.0.0.1:99999")]
    [InlineData("Bank:Serializable is 'maybe'; use true or false", "--Bank:Serializable", "maybe")]
    [InlineData("Bank:Serialisable is not a setting", "--Bank:Serialisable", "true")]
    [InlineData("Bank:Receipts cannot be written", "--Bank:Receipts", "/nowhere/at/all.log")]
    [InlineData("PoolSice", "--Millpond:bank:PoolSice", "5")]
    public async Task An_invalid_option_is_named(string name, params string[] arguments)
    {
        await using var database = new SqliteBankDatabase();

        var sentence = await FailAsync(["--urls", "http://127.0.0.1:0", "--ConnectionStrings:bank", database.Url, .. arguments]);

        Assert.Contains(name, sentence, StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData("oracle://ada:geheim@127.0.0.1/bank")]
    [InlineData("postgresql://ada:geheim@127.0.0.1:99999/bank")]
    [InlineData("postgresql://ada:geheim@127.0.0.1/bank?nonsense=1")]
    [InlineData("Host=127.0.0.1;Password=geheim;Nonsense=1")]
    [InlineData("geheim")]
    [InlineData("")]
    public async Task An_invalid_connection_string_is_reported_without_its_password(string connection)
    {
        var sentence = await FailAsync("--urls", "http://127.0.0.1:0", "--ConnectionStrings:bank", connection);

        Assert.Contains("ConnectionStrings:bank", sentence, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("geheim", sentence, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_database_that_is_absent_for_5_seconds_stops_the_start()
    {
        var port = FreePort.Find();
        var watch = Stopwatch.StartNew();

        var sentence = await FailAsync(
            "--urls", "http://127.0.0.1:0",
            "--ConnectionStrings:bank", $"postgresql://ada:geheim@127.0.0.1:{port}/bank");

        Assert.InRange(watch.Elapsed.TotalSeconds, 5, 20);
        Assert.Contains("ConnectionStrings:bank", sentence, StringComparison.Ordinal);
        Assert.DoesNotContain("geheim", sentence, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_in_a_missing_folder_stops_the_start()
    {
        var sentence = await FailAsync("--urls", "http://127.0.0.1:0", "--ConnectionStrings:bank", "sqlite:/nowhere/at/all.db");

        Assert.Contains("ConnectionStrings:bank", sentence, StringComparison.Ordinal);
    }

    private static async Task<string> FailAsync(params string[] arguments)
    {
        await using var bank = BankProcess.Launch(arguments);
        Assert.Equal((1, ""), (await bank.ExitAsync(), bank.Output.Trim()));
        Assert.Contains("cannot start: ", bank.Errors, StringComparison.Ordinal);
        Assert.EndsWith(".", bank.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', bank.Errors);
        Assert.DoesNotContain("   at ", bank.Errors, StringComparison.Ordinal);
        return bank.Errors;
    }
}
