using Millpond.Cli.Input;
using Spectre.Console;
using Spectre.Console.Cli;
using static System.FormattableString;

namespace Millpond.Cli.Size;

/// <summary>Calculates how many connections a load needs.</summary>
internal sealed class SizeCommand : Command<SizeSettings>
{
    public override int Execute(CommandContext context, SizeSettings settings, CancellationToken cancellationToken)
    {
        var (hold, wait) = (Quantity.Duration("--hold", settings.Hold), Quantity.Duration("--wait", settings.Wait));
        var idle = Quantity.Share("--idle", settings.Idle);
        var advice = PoolAdvice.For(settings.Rate, hold, wait, idle);
        AnsiConsole.WriteLine(
            Invariant($"{advice.Rate} sessions a second that hold a connection for {hold.TotalMilliseconds} ms keep ") +
            Invariant($"{advice.Busy:0.##} busy on average."));
        AnsiConsole.WriteLine(
            Invariant($"With {Connections(advice.Needed)}, 99 of 100 wait no longer than {wait.TotalMilliseconds} ms."));
        if (advice.NeededWithoutIdle < advice.Needed)
        {
            AnsiConsole.WriteLine(
                Invariant($"{idle * 100:0.#} % of the time is idle: if sessions held no connection then, ") +
                Invariant($"{advice.NeededWithoutIdle} would do."));
        }

        return ExitCode.Fine;
    }

    private static string Connections(int count) => Invariant($"{count} connection{(count == 1 ? "" : "s")}");
}
