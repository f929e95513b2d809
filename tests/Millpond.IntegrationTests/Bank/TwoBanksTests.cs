using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Xunit;

namespace Millpond.IntegrationTests.Bank;

/// <summary>Two programs on one SQLite file.</summary>
public sealed class TwoBanksTests
{
    private const int Accounts = 10;
    private const long Each = 1_000_000;
    private const int Clients = 8;
    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(3);

    [Fact]
    public async Task G30_Two_programs_write_to_one_file_without_errors()
    {
        await using var database = new SqliteBankDatabase();
        var both = await Task.WhenAll(BankProcess.ServeAsync(database.Url), BankProcess.ServeAsync(database.Url));
        await using var one = both[0];
        await using var two = both[1];
        using var first = one.Client();
        using var second = two.Client();
        await OpenAccountsAsync(first);

        var work = await Task.WhenAll(TransferAsync(first, Duration), TransferAsync(second, Duration));

        Assert.All(work, static done => Assert.All(done.Answers, static answer => Assert.Equal(201, answer.Answer.Status)));
        Assert.DoesNotContain("locked", one.Output + two.Output, StringComparison.Ordinal);
        await AssertBooksAsync(database, second, work);
        TestContext.Current.SendDiagnosticMessage(string.Join("; ", work.Select(static done => done.ToString())));

        // Neither starves: a lock that is free for moments only is found by the one who looks for it.
        Assert.All(work, static done => Assert.InRange(done.Answers.Count, Clients, int.MaxValue));
        Assert.All(work, static done => Assert.InRange(done.Slowest, TimeSpan.Zero, TimeSpan.FromSeconds(20)));
    }

    [Fact]
    public async Task G30_A_program_killed_while_it_writes_loses_no_acknowledged_work()
    {
        await using var database = new SqliteBankDatabase();
        var both = await Task.WhenAll(BankProcess.ServeAsync(database.Url), BankProcess.ServeAsync(database.Url));
        await using var one = both[0];
        await using var two = both[1];
        using var first = one.Client();
        using var second = two.Client();
        await OpenAccountsAsync(first);

        var surviving = TransferAsync(first, Duration);
        var dying = TransferAsync(second, Duration);
        await Task.Delay(Duration / 2, TestContext.Current.CancellationToken);
        two.Signal("KILL");
        var work = await Task.WhenAll(surviving, dying);

        Assert.All(work[0].Answers, static answer => Assert.Equal(201, answer.Answer.Status));
        Assert.InRange(work[0].Answers.Count(answer => answer.At > Duration / 2), 1, int.MaxValue);
        Assert.All(work[1].Answers, static answer => Assert.Equal(201, answer.Answer.Status));
        Assert.True(work[1].Lost > 0, "It was not killed while it worked.");
        await AssertBooksAsync(database, first, work);
    }

    private static async Task OpenAccountsAsync(BankClient bank)
    {
        for (var i = 0; i < Accounts; i++)
        {
            await bank.OpenAccountAsync(Each);
        }
    }

    private static async Task<Work> TransferAsync(BankClient bank, TimeSpan duration)
    {
        var work = new Work();
        var watch = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, Clients).Select(client => Task.Run(async () =>
        {
            var random = new Random(client);
            while (watch.Elapsed < duration)
            {
                var from = random.Next(Accounts);
                var began = watch.Elapsed;
                try
                {
                    var answer = await bank.TransferAsync(from + 1, ((from + 1 + random.Next(Accounts - 1)) % Accounts) + 1, 1);
                    work.Answers.Add((answer, watch.Elapsed, watch.Elapsed - began));
                }
                catch (HttpRequestException)   // it was killed
                {
                    Interlocked.Increment(ref work.Lost);
                    return;
                }
            }
        })));
        return work;
    }

    /// <summary>Asserts that what was answered is what is stored, and that no money came or went.</summary>
    private static async Task AssertBooksAsync(SqliteBankDatabase database, BankClient bank, Work[] work)
    {
        var ids = work.SelectMany(static done => done.Answers)
            .Select(static answer => answer.Answer.Json.GetProperty("id").GetInt64()).ToList();
        Assert.Equal(ids.Count, ids.Distinct().Count());
        var stored = new HashSet<long>();
        await using var connection = await database.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = "select id from transfers";
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            stored.Add(reader.GetInt64(0));
        }

        Assert.Empty(ids.Except(stored));
        Assert.InRange(stored.Count, ids.Count, ids.Count + work.Sum(static done => done.Lost));   // unanswered ones may be there
        Assert.Equal(Accounts * Each, (long)(await bank.TotalsAsync()).Balance);
    }

    private sealed class Work
    {
        public int Lost;

        public ConcurrentBag<(Answer Answer, TimeSpan At, TimeSpan Took)> Answers { get; } = [];

        public TimeSpan Slowest => Answers.Max(static answer => answer.Took);

        public override string ToString() => string.Create(
            CultureInfo.InvariantCulture, $"{Answers.Count} transfers, the slowest {Slowest.TotalMilliseconds:0} ms");
    }
}
