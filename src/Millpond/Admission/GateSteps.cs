using System.Diagnostics;

namespace Millpond.Admission;

/// <summary>Where a test may hold a thread inside the gate, to try every order of its steps (G06).</summary>
/// <remarks>In a release build neither the calls nor their cost exist.</remarks>
internal static class GateSteps
{
    [ThreadStatic]
    private static ISchedule? _schedule;

    /// <summary>Decides in which order threads take their steps inside a gate.</summary>
    internal interface ISchedule
    {
        void BeforeWord();

        void BeforeLock();

        void AfterLock();
    }

    /// <summary>Puts this thread under a schedule; null: it runs freely.</summary>
    public static void Follow(ISchedule? schedule) => _schedule = schedule;

    /// <summary>The next thing this thread does reads or changes the gate's word.</summary>
    [Conditional("DEBUG")]
    public static void BeforeWord() => _schedule?.BeforeWord();

    [Conditional("DEBUG")]
    public static void BeforeLock() => _schedule?.BeforeLock();

    [Conditional("DEBUG")]
    public static void AfterLock() => _schedule?.AfterLock();
}
