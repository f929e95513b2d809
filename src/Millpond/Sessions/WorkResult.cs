namespace Millpond.Sessions;

/// <summary>Adapts work without a result to work with one.</summary>
internal static class WorkResult
{
    public static Func<T, CancellationToken, Task<bool>> WithResult<T>(this Func<T, CancellationToken, Task> work) =>
        async (given, cancellationToken) =>
        {
            await work(given, cancellationToken).ConfigureAwait(false);
            return true;
        };
}
