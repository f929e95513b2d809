using System.Data.Common;

namespace Millpond.PostgreSql.Connections;

/// <summary>Sends a cancellation request on its own thread, because Npgsql opens a connection for it synchronously.</summary>
internal static class CancelRequest
{
    public static Task SendAsync(object? running) => Task.Factory.StartNew(
        () =>
        {
            try
            {
                (running as DbCommand)?.Cancel();
                (running as DbBatch)?.Cancel();
            }
            catch (DbException)
            {
                // A cancellation request is best effort. The server may be gone.
            }
        },
        CancellationToken.None,
        TaskCreationOptions.LongRunning,
        TaskScheduler.Default);
}
