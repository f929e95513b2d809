using System.Diagnostics;

namespace Millpond.Admission;

/// <summary>Points inside the gate where a test may hold a thread, to try every order of its steps (G06).</summary>
/// <remarks>Release builds contain no such calls.</remarks>
internal static class GateSteps
{
    [ThreadStatic]
    private static ISchedule? _schedule;

    /// <summary>Decides the order in which threads take their steps inside a gate.</summary>
    internal interface ISchedule
    {
        void BeforeSwap();

        void BeforeLock();

        void AfterLock();
    }

    /// <summary>Puts this thread under a schedule; null to run freely.</summary>
    public static void Follow(ISchedule? schedule) => _schedule = schedule;

    /// <summary>Called before this thread reads or changes the gate's word.</summary>
    [Conditional("DEBUG")]
    public static void BeforeSwap() => _schedule?.BeforeSwap();

    [Conditional("DEBUG")]
    public static void BeforeLock() => _schedule?.BeforeLock();

    [Conditional("DEBUG")]
    public static void AfterLock() => _schedule?.AfterLock();
}
