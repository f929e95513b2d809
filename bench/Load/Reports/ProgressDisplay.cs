using System.Globalization;
using Millpond.Load.Generation;
using Spectre.Console;

namespace Millpond.Load.Reports;

/// <summary>Shows how far a run is: a bar where somebody looks on, a line every other second where the output is kept.</summary>
public static class ProgressDisplay
{
    private static readonly TimeSpan BarEvery = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LineEvery = TimeSpan.FromSeconds(2);

    /// <summary>Runs the generator and shows it.</summary>
    public static Task<LoadReport> ShowAsync(
        this IAnsiConsole console, LoadGenerator generator, LoadPlan plan, CancellationToken cancellationToken) =>
        console.Profile.Capabilities is { Interactive: true, Ansi: true }
            ? ShowBarAsync(console, generator, plan, cancellationToken)
            : ShowLinesAsync(console, generator, cancellationToken);

    private static Task<LoadReport> ShowBarAsync(
        IAnsiConsole console, LoadGenerator generator, LoadPlan plan, CancellationToken cancellationToken) =>
        console.Progress().AutoClear(true)
            .Columns(new ProgressBarColumn { Width = 20 }, new PercentageColumn(), new TaskDescriptionColumn())
            .StartAsync(async context =>
            {
                var bar = context.AddTask("starting", maxValue: plan.Expected ?? plan.Duration!.Value.TotalSeconds);
                var began = TimeProvider.System.GetTimestamp();
                return await FollowAsync(
                    generator,
                    BarEvery,
                    progress =>
                    {
                        bar.Value = plan.Expected is null
                            ? TimeProvider.System.GetElapsedTime(began).TotalSeconds
                            : progress.Due;
                        bar.Description = Markup.Escape(Numbers(progress));
                    },
                    cancellationToken);
            });

    private static Task<LoadReport> ShowLinesAsync(
        IAnsiConsole console, LoadGenerator generator, CancellationToken cancellationToken)
    {
        var began = TimeProvider.System.GetTimestamp();
        return FollowAsync(
            generator,
            LineEvery,
            progress => console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{TimeProvider.System.GetElapsedTime(began).TotalSeconds,5:N0} s  {Numbers(progress)}")),
            cancellationToken);
    }

    private static async Task<LoadReport> FollowAsync(
        LoadGenerator generator, TimeSpan every, Action<LoadProgress> show, CancellationToken cancellationToken)
    {
        var run = generator.RunAsync(cancellationToken);
        while (await Task.WhenAny(run, Task.Delay(every, CancellationToken.None)) != run)
        {
            show(generator.Progress);
        }

        return await run;
    }

    private static string Numbers(LoadProgress progress) => string.Create(
        CultureInfo.InvariantCulture,
        $"{progress.Due:N0} due, {progress.Ended:N0} ended, {progress.Done:N0} done, p99 {progress.P99:N1} ms");
}
