using Millpond.Transactions.Failures;

namespace Millpond.Transactions;

/// <content>What its own connection reported that makes its work worth a retry (S17).</content>
/// <remarks>Only that counts: an error of the same kind in the chain may be another database's.</remarks>
internal sealed partial class UnitOfWork
{
    private List<Exception>? _causes;

    /// <summary>Finds the cause for a retry in the error that the work failed with; null: there is none.</summary>
    public RetryCause? FindCause(Exception error) =>
        _causes is null ? null : RetryCause.Find(error, Services.Source.Dialect, _causes);

    /// <summary>Notes an error of its connection.</summary>
    private Exception NoteCause(Exception error)
    {
        if (RetryCause.Of(error, Services.Source.Dialect) is not null && _causes?.Contains(error) != true)
        {
            (_causes ??= []).Add(error);
        }

        return error;
    }
}
