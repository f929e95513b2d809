using System.Data.Common;

namespace Millpond.PostgreSql.Connections;

/// <summary>Sends a request to cancel on a thread of its own: Npgsql opens a connection for it, synchronously.</summary>
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
                // A request to cancel is best effort; the server may be gone already.
            }
        },
        CancellationToken.None,
        TaskCreationOptions.LongRunning,
        TaskScheduler.Default);
}
