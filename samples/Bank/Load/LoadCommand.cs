using System.Globalization;
using Bank.Transfers;
using Millpond.Load.CommandLine;
using Millpond.Load.Generation;
using Millpond.Load.Reports;
using Spectre.Console;

namespace Bank.Load;

/// <summary><c>load</c>: transfers at a steady rate, then a table, and whether the money adds up.</summary>
internal static class LoadCommand
{
    private const int Readings = 5;   // what was given up may still be on its way into the books

    /// <summary>Returns the exit code: see <see cref="LoadOptions.Help"/>.</summary>
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
            return await RunAsync(LoadOptions.Read(arguments), AnsiConsole.Console, interruption.Token);
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
            await Console.Error.WriteLineAsync("Interrupted: whether the money adds up was not checked.");
            return 130;
        }
    }

    private static async Task<int> RunAsync(LoadOptions options, IAnsiConsole console, CancellationToken cancellationToken)
    {
        await using var own = options.Address is null ? await OwnServer.StartAsync(options.Server, cancellationToken) : null;
        using var bank = new BankApi(own?.Address ?? options.Address!);
        var (accounts, opened) = await LoadAccounts.PrepareAsync(bank, options.Accounts, cancellationToken);
        var last = await bank.LastTransferAsync(cancellationToken);
        var before = accounts.ToDictionary(account => account.Id, account => account.Balance);
        console.WriteLine(Text($"Bank at {bank.Address}{Whose(own)}; {accounts.Count:N0} accounts, {opened:N0} of them new."));
        console.WriteLine(Describe(options.Plan));

        var load = new TransferLoad(bank, accounts, options.Plan.Seed);
        var report = await console.ShowAsync(new LoadGenerator(options.Plan, load.SendAsync), options.Plan, cancellationToken);
        console.WriteLoad(report);
        cancellationToken.ThrowIfCancellationRequested();

        var alone = own?.IsTemporary == true;
        var audit = await AuditAsync();
        console.WriteAudit(audit, accounts.Count);
        return audit.Faults.Count == 0 && audit.Confirmed + audit.UnknownBooked > 0 ? 0 : 1;

        async Task<Audit> AuditAsync()
        {
            for (var reading = 1; ; reading++)
            {
                var books = await ReadAsync(bank.TransfersAsync(last, cancellationToken));
                var after = await LoadAccounts.BalancesAsync(bank, before, cancellationToken);
                var audit = Audit.Make(load.Attempts, before, after, books, alone);
                if (audit.Faults.Count == 0 || reading == Readings || (audit.Unknown == 0 && alone))
                {
                    return audit;
                }

                await Task.Delay(TimeSpan.FromSeconds(1), cancellationToken);
            }
        }
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
        { IsTemporary: true } => $", started for this run, on {own.Provider}, temporary",
        _ => $", started for this run, on {own.Provider}",
    };

    private static string Describe(LoadPlan plan)
    {
        var who = plan.Rate is { } rate
            ? Text($"{rate:0.##} transfers a second by schedule")
            : Text($"{plan.Clients:N0} clients that each wait for their answer");
        var deadline = plan.Deadline is { } limit ? Text($", given up after {limit.TotalMilliseconds:N0} ms") : "";
        return Text($"{who}, for {plan.Duration!.Value.TotalSeconds:0.#} s{deadline}; --seed {plan.Seed} makes the same ones.");
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
