using System.Diagnostics;
using System.Net.Sockets;
using Xunit;

namespace Millpond.IntegrationTests.Bank;

public abstract class LifeContract : OwnBankContract
{
    private protected abstract string Provider { get; }

    private protected abstract string Place { get; }

    /// <summary>Makes those who create tables wait for each other where the database can tell that they do.</summary>
    private protected abstract Task<BankCrowd> GatherAsync();

    [Fact]
    public async Task The_start_block_shows_address_provider_database_and_pool_without_password()
    {
        await using var process = await BankProcess.ServeAsync(
            Database.Url, null, "--Millpond:bank:PoolSize", "7", "--Millpond:bank:MaxOverflow", "3");
        using var bank = process.Client();
        await bank.OpenAccountAsync(1);
        process.Signal("TERM");
        await process.ExitAsync();

        Assert.StartsWith("Millpond Bank", process.Output.TrimStart(), StringComparison.Ordinal);
        Assert.DoesNotContain("insert", process.Output, StringComparison.Ordinal);
        Assert.Matches($@"address +{bank.Address.OriginalString}", process.Output);
        Assert.Matches($"provider +{Provider}\n", process.Output);
        Assert.Contains(Place, process.Output, StringComparison.Ordinal);
        Assert.Matches("pool +7 connections, 3 more", process.Output);
        Assert.Equal("", process.Errors);
        if (Database.Password is { } password)
        {
            Assert.DoesNotContain(password, process.Output, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Several_banks_that_start_on_an_empty_database_serve_the_same_data()
    {
        List<Task<BankProcess>> starting;
        await using (var crowd = await GatherAsync())
        {
            starting = [.. Enumerable.Range(0, 4).Select(_ => BankProcess.ServeAsync(Database.Url))];
            await crowd.UntilWaitingAsync(4);
        }

        try
        {
            var processes = await Task.WhenAll(starting);
            var ids = await Task.WhenAll(processes.Select(async process =>
            {
                using var bank = process.Client();
                return await bank.OpenAccountAsync(1);
            }));

            Assert.Equal([1, 2, 3, 4], ids.Order());
        }
        finally
        {
            foreach (var start in starting.Where(s => s.IsCompletedSuccessfully))
            {
                await (await start).DisposeAsync();
            }
        }
    }

    [Fact]
    public async Task Acknowledged_work_survives_a_kill_and_ids_continue()
    {
        long account;
        await using (var killed = await BankProcess.ServeAsync(Database.Url))
        {
            using var client = killed.Client();
            account = await client.OpenAccountAsync(42);
            killed.Signal("KILL");
            await killed.ExitAsync();
        }

        await using var process = await BankProcess.ServeAsync(Database.Url);
        using var bank = process.Client();

        Assert.Equal(42, await bank.BalanceAsync(account));
        Assert.True(await bank.OpenAccountAsync(1) > account);
    }

    [Theory]
    [InlineData("TERM")]
    [InlineData("INT")]
    public async Task SIGTERM_lets_running_requests_finish_and_exits_with_0(string signal)
    {
        await using var process = await BankProcess.ServeAsync(Database.Url);
        using var bank = process.Client();
        var (ada, bob) = (await bank.OpenAccountAsync(10), await bank.OpenAccountAsync(0));
        using var running = await RawClient.ConnectAsync(bank.Address);
        Task<string> answer;
        await using (await Database.LockAsync(ada))
        {
            await BeginTransferAsync(running, ada, bob);
            answer = running.ReadToEndAsync();
            process.Signal(signal);
            await UntilRefusedAsync(bank.Address);
            Assert.False(answer.IsCompleted, "The request was not running.");
        }

        Assert.StartsWith("HTTP/1.1 201 ", await answer, StringComparison.Ordinal);
        Assert.Equal((0, ""), (await process.ExitAsync(), process.Errors));
    }

    [Fact]
    public async Task An_unfinished_request_delays_the_shutdown_by_10_seconds_at_most()
    {
        await using var process = await BankProcess.ServeAsync(Database.Url);
        using var bank = process.Client();
        var (ada, bob) = (await bank.OpenAccountAsync(10), await bank.OpenAccountAsync(0));
        using var running = await RawClient.ConnectAsync(bank.Address);
        await using (await Database.LockAsync(ada))
        {
            await BeginTransferAsync(running, ada, bob);
            var watch = Stopwatch.StartNew();
            process.Signal("TERM");

            Assert.Equal((0, ""), (await process.ExitAsync(), process.Errors));
            Assert.InRange(watch.Elapsed.TotalSeconds, 0, 18);   // 10 and the clean-up, with room for a busy machine
        }

        await using var again = await BankProcess.ServeAsync(Database.Url);
        using var bankAgain = again.Client();
        Assert.Equal((10, 0), (await bankAgain.BalanceAsync(ada), await bankAgain.BalanceAsync(bob)));
    }

    /// <summary>"100 Continue" comes when the program reads the body: from then on the request runs.</summary>
    private static async Task BeginTransferAsync(RawClient client, long from, long to)
    {
        var body = $$"""{"from":{{from}},"to":{{to}},"amount":1}""";
        await client.SendAsync(
            "POST /transfers HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\n"
            + $"Content-Length: {body.Length}\r\nExpect: 100-continue\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 100 ", await client.ReadAsync(), StringComparison.Ordinal);
        await client.SendAsync(body);
    }

    /// <summary>Waits until the program no longer listens.</summary>
    private static async Task UntilRefusedAsync(Uri address)
    {
        for (var watch = Stopwatch.StartNew(); ; await Task.Delay(20))
        {
            try
            {
                using var probe = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                await probe.ConnectAsync(address.Host, address.Port);
            }
            catch (SocketException)
            {
                return;
            }

            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(9), "The program still listens.");
        }
    }

    public sealed class OnSqlite : LifeContract
    {
        private protected override string Provider => "SQLite";

        private protected override string Place => ((SqliteBankDatabase)Database).Path;

        // There is one writer at a time anyway.
        private protected override Task<BankCrowd> GatherAsync() => Task.FromResult(new BankCrowd(null, null));

        private protected override Task<BankDatabase> CreateDatabaseAsync() => SqliteAsync();
    }

    [Trait("Needs", "PostgreSQL")]
    public sealed class OnPostgreSql : LifeContract
    {
        private protected override string Provider => "PostgreSQL";

        private protected override string Place => new Uri(Database.Url).AbsolutePath.Trim('/');

        private protected override async Task<BankCrowd> GatherAsync() =>
            new(await Database.BeginAsync("create table accounts (id int)"), await Database.OpenAsync());

        private protected override Task<BankDatabase> CreateDatabaseAsync() => PostgresAsync();
    }
}
