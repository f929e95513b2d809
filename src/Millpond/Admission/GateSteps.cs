using System.Diagnostics;

namespace Millpond.Admission;

/// <summary>Where a test may hold a thread inside the gate, to try every order of its steps (G06).</summary>
/// <remarks>In a release build neither the calls nor their cost exist.</remarks>
internal static class GateSteps
{
    [ThreadStatic]
    private static IGateSchedule? _schedule;

    /// <summary>Puts this thread under a schedule; null: it runs freely.</summary>
    public static void Follow(IGateSchedule? schedule) => _schedule = schedule;

    /// <summary>The next thing this thread does reads or changes the gate's word.</summary>
    [Conditional("DEBUG")]
    public static void BeforeWord() => _schedule?.BeforeWord();

    /// <summary>The next thing this thread does is to take the gate's lock.</summary>
    [Conditional("DEBUG")]
    public static void BeforeLock() => _schedule?.BeforeLock();

    /// <summary>This thread has left the gate's lock.</summary>
    [Conditional("DEBUG")]
    public static void AfterLock() => _schedule?.AfterLock();
}
