using Millpond.Cli.Input;
using Millpond.Cli.Top.Page;
using Spectre.Console;
using Spectre.Console.Cli;

namespace Millpond.Cli.Top;

/// <summary>Shows the numbers of a live page, and refreshes them.</summary>
internal sealed class TopCommand : AsyncCommand<TopSettings>
{
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(200);

    public override async Task<int> ExecuteAsync(
        CommandContext context, TopSettings settings, CancellationToken cancellationToken)
    {
        var every = Quantity.Duration("--every", settings.Every);
        if (every < Shortest)
        {
            throw new UsageException("--every must be 200ms or longer.");
        }

        using var page = new PageClient(settings.Url, settings.Headers);
        var first = await page.ReadAsync(cancellationToken);
        if (settings.Once)
        {
            Show(first);
            return first.Engines.Any(static one => one.Verdict.IsCritical) ? ExitCode.Problem : ExitCode.Fine;
        }

        try
        {
            await (Console.IsOutputRedirected
                ? PrintAsync(page, first, every, cancellationToken)
                : RefreshAsync(page, first, every, cancellationToken));
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Ctrl+C is how it ends.
        }

        return ExitCode.Fine;
    }

    private static void Show(PageSnapshot snapshot)
    {
        if (Console.IsOutputRedirected)
        {
            Print(snapshot);
        }
        else
        {
            AnsiConsole.Write(LiveView.Of(snapshot, fault: null));
        }
    }

    private static void Print(PageSnapshot snapshot)
    {
        foreach (var line in snapshot.Engines.SelectMany(one => PlainView.Lines(one, snapshot.At)))
        {
            Console.WriteLine(line);
        }
    }

    private static async Task PrintAsync(
        PageClient page, PageSnapshot first, TimeSpan every, CancellationToken cancellationToken)
    {
        Print(first);
        while (true)
        {
            await Task.Delay(every, cancellationToken);
            var (next, fault) = await TryReadAsync(page, cancellationToken);
            if (next is not null)
            {
                Print(next);
            }
            else
            {
                await Console.Error.WriteLineAsync(fault);
            }
        }
    }

    private static Task RefreshAsync(PageClient page, PageSnapshot first, TimeSpan every, CancellationToken cancellationToken) =>
        AnsiConsole.Live(LiveView.Of(first, fault: null)).Overflow(VerticalOverflow.Crop).StartAsync(async live =>
        {
            var latest = first;
            while (true)
            {
                await Task.Delay(every, cancellationToken);
                var (next, fault) = await TryReadAsync(page, cancellationToken);
                latest = next ?? latest;
                live.UpdateTarget(LiveView.Of(latest, fault));
            }
        });

    private static async Task<(PageSnapshot? Snapshot, string? Fault)> TryReadAsync(
        PageClient page, CancellationToken cancellationToken)
    {
        try
        {
            return (await page.ReadAsync(cancellationToken), null);
        }
        catch (PageException error)
        {
            return (null, error.Message);   // the service may be restarting
        }
    }
}
