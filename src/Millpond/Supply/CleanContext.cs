namespace Millpond.Supply;

/// <summary>An execution context without any caller's values.</summary>
internal static class CleanContext
{
    public static ExecutionContext Value { get; } = Capture();

    private static ExecutionContext Capture()
    {
        ExecutionContext? clean = null;
        var thread = new Thread(() => clean = ExecutionContext.Capture());
        thread.UnsafeStart();   // only a new thread has none
        thread.Join();
        return clean!;
    }
}
