using System.Diagnostics.CodeAnalysis;

namespace Millpond.Providers;

/// <summary>The effect of an error on its transaction.</summary>
[Experimental(ProviderSeam.Id)]
public enum FailureKind
{
    /// <summary>The statement failed and the transaction continues.</summary>
    Statement,

    /// <summary>The transaction can only be rolled back, completely or to a savepoint.</summary>
    Aborted,

    /// <summary>The database has already rolled back the whole transaction. No statement can follow.</summary>
    TransactionLost,

    /// <summary>The connection is lost, and the transaction with it.</summary>
    ConnectionLost,
}
