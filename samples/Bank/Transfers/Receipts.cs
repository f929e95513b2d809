using Millpond;

namespace Bank.Transfers;

/// <summary>Writes a receipt for each transfer in the background, after the commit.</summary>
internal sealed class Receipts(BackgroundSessions background, ReceiptFile? file) : IDisposable
{
    /// <summary>Enqueues a receipt that is written if the session commits.</summary>
    public void WriteAfterCommit(DbSession session, Transfer transfer)
    {
        if (file is not null)
        {
            background.Enqueue(session, (_, token) => file.AppendAsync(transfer, token));
        }
    }

    public void Dispose() => file?.Dispose();
}
