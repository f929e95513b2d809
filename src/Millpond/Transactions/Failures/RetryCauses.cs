using Millpond.Providers;

namespace Millpond.Transactions.Failures;

/// <summary>The errors reported by a session's own connection after which its work can be retried (S17).</summary>
internal sealed class RetryCauses
{
    private List<Exception>? _reported;

    public void Note(Exception error, DatabaseDialect dialect)
    {
        error = error is QueuedStatementException { InnerException: { } own } ? own : error;
        if (RetryCause.Of(error, dialect) is not null && _reported?.Contains(error) != true)
        {
            (_reported ??= []).Add(error);
        }
    }

    /// <summary>Finds the cause for a retry in the error of the work, or null.</summary>
    public RetryCause? Find(Exception error, DatabaseDialect dialect) =>
        _reported is null ? null : RetryCause.Find(error, dialect, _reported);
}
