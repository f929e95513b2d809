using Millpond.Load.CommandLine;
using Millpond.Load.Generation;

namespace Bank.Load;

/// <summary>The command-line options of <c>load</c>.</summary>
internal sealed record LoadOptions
{
    public const string Help = """
        Transfers between accounts, as many a second as you say, and then: does the money add up?

          dotnet run --project samples/Bank -- load [options]

          --seconds N      how long transfers are sent (10)
          --rate N         transfers a second, by a schedule, whatever the bank does (200)
          --clients N      instead: N clients that each wait for their answer
          --accounts N     between how many accounts (1000); those that are missing are opened
          --deadline MS    when a client gives up, from the time a transfer was due (never)
          --seed N         makes the same transfers again
          --url ADDRESS    a bank that runs already; only the accounts of this run are judged

        Without --url it starts a bank of its own on a free port, with a temporary database that it deletes at the end.
        That bank takes the options of any other, such as --Millpond:bank:PoolSize 5, or a database (whose accounts stay):
          --ConnectionStrings:bank "postgresql://user:password@localhost/bank"

        Times are from when a transfer was due to the last byte of its answer. Exit code: 0 the money adds up, 1 it does
        not or that could not be found out, 2 wrong options, 130 interrupted.
        """;

    private const int MostTransfers = 5_000_000;   // all are kept in memory

    public required LoadPlan Plan { get; init; }

    public required int Accounts { get; init; }

    /// <summary>Gets the address of a running bank; null to start one.</summary>
    public required Uri? Address { get; init; }

    /// <summary>Gets the options of the bank that is started.</summary>
    public required IReadOnlyList<string> Server { get; init; }

    /// <exception cref="UsageException">An option is invalid.</exception>
    public static LoadOptions Read(IReadOnlyList<string> arguments)
    {
        var (own, server) = Split(arguments);
        var options = new OptionReader(own, [.. PlanOptions.Names, "accounts", "url"]);
        var plan = options.ReadPlan(rate: 200, seconds: 10);
        if (plan.Expected > MostTransfers)
        {
            throw new UsageException(FormattableString.Invariant(
                $"--rate times --seconds is {plan.Expected:N0} transfers; one run can check {MostTransfers:N0}."));
        }

        var address = options.Address("url");
        if (address is not null && server.Count > 0)
        {
            throw new UsageException($"{server[0]} is for a bank that this command starts, but --url names a running one.");
        }

        return new LoadOptions
        {
            Plan = plan with { Requests = plan.Clients is null ? null : MostTransfers },
            Accounts = options.Whole("accounts", 2, 100_000) ?? 1_000,
            Address = address,
            Server = server,
        };
    }

    /// <summary>Separates the options: those with a colon in their names are settings of the bank.</summary>
    private static (List<string> Own, List<string> Server) Split(IReadOnlyList<string> arguments)
    {
        var (own, server) = (new List<string>(), new List<string>());
        for (var i = 0; i < arguments.Count; i++)
        {
            var name = arguments[i].Split('=', 2)[0];
            if (!name.StartsWith("--", StringComparison.Ordinal) || !name.Contains(':', StringComparison.Ordinal))
            {
                own.Add(arguments[i]);
            }
            else if (name != arguments[i])
            {
                server.AddRange([name, arguments[i][(name.Length + 1)..]]);
            }
            else
            {
                var value = ++i < arguments.Count ? arguments[i] : throw new UsageException($"{name} needs a value.");
                server.AddRange([name, value]);
            }
        }

        return (own, server);
    }
}
