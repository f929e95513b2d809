using System.Globalization;
using Bank.Transfers;
using Millpond.Load.CommandLine;
using Millpond.Load.Generation;
using Millpond.Load.Reports;
using Spectre.Console;

namespace Bank.Load;

/// <summary>The <c>load</c> command: transfers at a steady rate, a table of results, and an audit.</summary>
internal static class LoadCommand
{
    private const int FewReadings = 2;    // other clients may use these accounts between two pages
    private const int ManyReadings = 5;   // transfers that were given up may still be in progress

    /// <summary>Returns the exit code, as documented in <see cref="LoadOptions.Help"/>.</summary>
    public static async Task<int> RunAsync(string[] arguments)
    {
        if (arguments.Any(argument => argument is "--help" or "-h"))
        {
            Console.WriteLine(LoadOptions.Help);
            return 0;
        }

        using var interruption = new Interruption();
        try
        {
            return await RunAsync(LoadOptions.Read(arguments), ReportConsole.Create(), interruption.Token);
        }
        catch (UsageException wrong)
        {
            await Console.Error.WriteLineAsync($"{wrong.Message} See load --help.");
            return 2;
        }
        catch (LoadFailure failure)
        {
            await Console.Error.WriteLineAsync(failure.Message);
            return 1;
        }
        catch (OperationCanceledException) when (interruption.Token.IsCancellationRequested)
        {
            await Console.Error.WriteLineAsync("Interrupted: the money was not checked.");
            return 130;
        }
    }

    private static async Task<int> RunAsync(LoadOptions options, IAnsiConsole console, CancellationToken cancellationToken)
    {
        await using var own = options.Address is null ? await OwnServer.StartAsync(options.Server, cancellationToken) : null;
        using var bank = new BankApi(own?.Address ?? options.Address!);
        await bank.TotalsAsync(cancellationToken);   // fails if there is no bank
        console.WriteLine($"{bank.Address}{Whose(own)}");
        var (accounts, opened) = await LoadAccounts.PrepareAsync(
            bank, options.Accounts, missing => console.WriteLine(Text($"Opening {missing:N0} accounts.")), cancellationToken);
        await WarmUpAsync(bank, accounts, cancellationToken);
        console.WriteLine(Text($"{accounts.Count:N0} accounts, {opened:N0} of them new. {Describe(options.Plan)}"));

        var last = await bank.LastTransferAsync(cancellationToken);
        var totals = await bank.TotalsAsync(cancellationToken);
        var before = await LoadAccounts.BalancesAsync(bank, accounts, cancellationToken);
        var load = new TransferLoad(bank, accounts, options.Plan.Seed);
        var report = await console.ShowAsync(new LoadGenerator(options.Plan, load.SendAsync), options.Plan, cancellationToken);
        console.WriteLoad(report);
        cancellationToken.ThrowIfCancellationRequested();

        var alone = own?.IsTemporary == true;
        Audit audit;
        try
        {
            audit = await AuditAsync();
        }
        catch (LoadFailure failure)
        {
            throw new LoadFailure($"The money could not be checked: {failure.Message}");
        }

        console.WriteAudit(audit, accounts.Count, options.Plan.Seed);
        return audit.Faults.Count == 0 && audit.Confirmed + audit.UnknownBooked > 0 ? 0 : 1;

        async Task<Audit> AuditAsync()
        {
            for (var reading = 1; ; reading++)
            {
                var books = await ReadAsync(bank.TransfersAsync(last, cancellationToken));
                var after = await LoadAccounts.BalancesAsync(bank, accounts, cancellationToken);
                var audit = Audit.Make(load.Attempts, before, after, books, alone);
                if (alone)
                {
                    audit.CompareTotals(totals, await bank.TotalsAsync(cancellationToken), accounts.Count, books.Count);
                }

                if (audit.Faults.Count == 0 || reading >= (audit.Unknown > 0 ? ManyReadings : alone ? 1 : FewReadings))
                {
                    return audit;
                }

                await Task.Delay(TimeSpan.FromSeconds(1), cancellationToken);
            }
        }
    }

    /// <summary>Warms up both processes, whose first transfers would measure the JIT compiler. These transfers are not in the
    /// table.</summary>
    private static async Task WarmUpAsync(BankApi bank, IReadOnlyList<long> accounts, CancellationToken cancellationToken)
    {
        var plan = new LoadPlan
        {
            Rate = 200, Duration = TimeSpan.FromSeconds(0.5), Deadline = TimeSpan.FromSeconds(5), Seed = Random.Shared.Next(),
        };
        await new LoadGenerator(plan, new TransferLoad(bank, accounts, plan.Seed).SendAsync).RunAsync(cancellationToken);
    }

    private static async Task<List<Transfer>> ReadAsync(IAsyncEnumerable<Transfer> transfers)
    {
        var list = new List<Transfer>();
        await foreach (var transfer in transfers)
        {
            list.Add(transfer);
        }

        return list;
    }

    private static string Whose(OwnServer? own) => own switch
    {
        null => "",
        { IsTemporary: true } => $", a temporary bank on {own.Provider}.",
        _ => $", a bank started for this run on {own.Provider}.",
    };

    private static string Describe(LoadPlan plan)
    {
        var who = plan.Rate is { } rate ? Text($"{rate:0.##} transfers/s") : Text($"{plan.Clients:N0} waiting clients");
        var deadline = plan.Deadline is { } limit ? Text($", given up after {limit.TotalMilliseconds:N0} ms") : "";
        return Text($"{who} for {plan.Duration!.Value.TotalSeconds:0.#} s{deadline}:");
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
