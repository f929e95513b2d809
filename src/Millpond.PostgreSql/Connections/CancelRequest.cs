using System.Data.Common;

namespace Millpond.PostgreSql.Connections;

/// <summary>Sends a request to cancel on a thread of its own: Npgsql opens a connection for it, synchronously.</summary>
internal static class CancelRequest
{
    /// <param name="running">The command or the batch; anything else is not for the server to cancel.</param>
    public static Task SendAsync(object? running) => Task.Factory.StartNew(
        () =>
        {
            try
            {
                switch (running)
                {
                    case DbCommand command:
                        command.Cancel();
                        break;
                    case DbBatch batch:
                        batch.Cancel();
                        break;
                    default:
                        break;
                }
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
