using Microsoft.Extensions.Options;
using Millpond.Diagnostics;

namespace Millpond.Engine;

/// <summary>Checks an engine's options as a whole.</summary>
internal sealed class EngineOptionsValidator : IValidateOptions<EngineOptions>
{
    public ValidateOptionsResult Validate(string? name, EngineOptions options)
    {
        var faults = Find(name ?? Options.DefaultName, options, out _);
        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }

    /// <summary>Chooses the provider.</summary>
    /// <param name="name">The engine's name.</param>
    /// <param name="options">Its options.</param>
    /// <exception cref="OptionsValidationException">There are faults; one message lists every one.</exception>
    public static ChosenProvider Choose(string name, EngineOptions options)
    {
        var faults = Find(name, options, out var chosen);
        return faults.Count == 0
            ? chosen!
            : throw new OptionsValidationException(name, typeof(EngineOptions), [Describe(name, faults)]);
    }

    /// <summary>Makes one message of them all.</summary>
    public static string Describe(string name, IEnumerable<string> faults) =>
        $"Engine '{name}' cannot start: {string.Join(" ", faults)}";

    private static List<string> Find(string name, EngineOptions options, out ChosenProvider? chosen)
    {
        var faults = new OptionFaults(options.Configured is { } configured ? configured.Describe : null);
        faults.All.AddRange(options.Configured?.Faults ?? []);
        options.CheckConnectionStrings(faults.All);
        faults.Range(options.PoolSize, 1, 1_000, nameof(options.PoolSize));
        faults.Range(options.MaxOverflow, 0, 1_000, nameof(options.MaxOverflow));
        faults.Range(options.PoolTimeout, TimeSpan.FromMinutes(10), nameof(options.PoolTimeout));
        if (options.QueueTarget != Timeout.InfiniteTimeSpan)
        {
            faults.Range(options.QueueTarget, TimeSpan.FromMinutes(1), nameof(options.QueueTarget));
        }

        faults.Range(options.MaxQueue, 1, 1_000_000, nameof(options.MaxQueue));
        faults.Range(options.OpenTimeout, TimeSpan.FromMinutes(5), nameof(options.OpenTimeout));
        faults.Range(options.CleanupTimeout, TimeSpan.FromMinutes(5), nameof(options.CleanupTimeout));
        faults.Range(options.HookTimeout, TimeSpan.FromMinutes(5), nameof(options.HookTimeout));
        faults.Range(options.BackgroundCapacity, 1, 1_000_000, nameof(options.BackgroundCapacity));
        faults.Range(options.BackgroundWorkers, 1, 1_000, nameof(options.BackgroundWorkers));
        if (options.LeakThreshold != Timeout.InfiniteTimeSpan)
        {
            faults.Range(options.LeakThreshold, TimeSpan.FromDays(1), nameof(options.LeakThreshold));
        }

        faults.Known(options.SyncCalls, nameof(options.SyncCalls));
        options.Session.Check($"{nameof(options.Session)}.", faults);
        chosen = ProviderChoice.Choose(name, options, faults.All);
        return faults.All;
    }
}
