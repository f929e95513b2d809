namespace Millpond.Sessions;

/// <summary>Lets work that results in nothing be run as work with a result.</summary>
internal static class WorkResult
{
    public static Func<T, CancellationToken, Task<bool>> WithResult<T>(this Func<T, CancellationToken, Task> work) =>
        async (given, cancellationToken) =>
        {
            await work(given, cancellationToken).ConfigureAwait(false);
            return true;
        };
}
