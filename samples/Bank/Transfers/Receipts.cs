using Millpond;

namespace Bank.Transfers;

/// <summary>Writes a receipt for each transfer once it is committed, behind the answer.</summary>
internal sealed class Receipts(BackgroundSessions background, ReceiptFile? file) : IDisposable
{
    /// <summary>Has a receipt written when the session commits; none when it rolls back.</summary>
    public void WriteAfterCommit(DbSession session, Transfer transfer)
    {
        if (file is not null)
        {
            background.Enqueue(session, (_, token) => file.AppendAsync(transfer, token));
        }
    }

    public void Dispose() => file?.Dispose();
}
