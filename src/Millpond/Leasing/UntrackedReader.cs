using System.Data.Common;

namespace Millpond.Leasing;

/// <summary>A reader that an object mapper got directly from the driver, so the session does not see its steps (F05).</summary>
internal sealed class UntrackedReader(DbDataReader reader, object target, string text, SessionLease lease) : IOpenReader
{
    public string Text => text;

    public object Target => target;

    public bool IsUntracked => true;

    /// <summary>Gets whether it is open.</summary>
    /// <remarks>Drivers reuse one object for several readers: <see cref="SessionUse"/> removes a closed one before the next
    /// command runs.</remarks>
    public bool IsOpen => !reader.IsClosed;

    public Task GiveUpAsync() => AbandonAsync();

    public async Task AbandonAsync()
    {
        try
        {
            await lease.CancelAsync(target).ConfigureAwait(false);
            await reader.DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception)
        {
            // The error of the cancelled statement. The transaction is rolled back anyway.
        }
    }
}
