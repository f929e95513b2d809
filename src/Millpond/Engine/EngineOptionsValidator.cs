using Microsoft.Extensions.Options;
using static Millpond.Diagnostics.OptionFaults;

namespace Millpond.Engine;

/// <summary>Checks an engine's options as a whole.</summary>
internal static class EngineOptionsValidator
{
    /// <summary>Finds every fault and chooses the provider.</summary>
    /// <returns>The choice; null or useless when there are faults.</returns>
    public static ChosenProvider? Validate(string name, EngineOptions options, ICollection<string> faults)
    {
        options.CheckConnectionStrings(faults);
        Range(options.PoolSize, 1, 1_000, nameof(options.PoolSize), faults);
        Range(options.MaxOverflow, 0, 1_000, nameof(options.MaxOverflow), faults);
        Range(options.PoolTimeout, TimeSpan.FromMinutes(10), nameof(options.PoolTimeout), faults);
        if (options.QueueTarget != Timeout.InfiniteTimeSpan)
        {
            Range(options.QueueTarget, TimeSpan.FromMinutes(1), nameof(options.QueueTarget), faults);
        }

        Range(options.MaxQueue, 1, 1_000_000, nameof(options.MaxQueue), faults);
        Range(options.OpenTimeout, TimeSpan.FromMinutes(5), nameof(options.OpenTimeout), faults);
        Range(options.CleanupTimeout, TimeSpan.FromMinutes(5), nameof(options.CleanupTimeout), faults);
        Range(options.HookTimeout, TimeSpan.FromMinutes(5), nameof(options.HookTimeout), faults);
        Range(options.BackgroundCapacity, 1, 1_000_000, nameof(options.BackgroundCapacity), faults);
        Range(options.BackgroundWorkers, 1, 1_000, nameof(options.BackgroundWorkers), faults);
        if (options.LeakThreshold != Timeout.InfiniteTimeSpan)
        {
            Range(options.LeakThreshold, TimeSpan.FromDays(1), nameof(options.LeakThreshold), faults);
        }

        Known(options.SyncCalls, nameof(options.SyncCalls), faults);
        options.Session.Check($"{nameof(options.Session)}.", faults);
        return ProviderChoice.Choose(name, options, faults);
    }

    /// <summary>Finds every fault and chooses the provider.</summary>
    /// <param name="name">The engine's name.</param>
    /// <param name="options">Its options.</param>
    /// <param name="faults">The faults that are known by now; those that are found here are added.</param>
    /// <exception cref="OptionsValidationException">There are faults; one message lists every one.</exception>
    public static ChosenProvider Choose(string name, EngineOptions options, List<string> faults)
    {
        var chosen = Validate(name, options, faults);
        return faults.Count == 0
            ? chosen!
            : throw new OptionsValidationException(name, typeof(EngineOptions), [Describe(name, faults)]);
    }

    /// <summary>Makes the one message that tells them all.</summary>
    public static string Describe(string name, IReadOnlyCollection<string> faults) =>
        $"Engine '{name}' cannot start: {string.Join(" ", faults)}";
}
