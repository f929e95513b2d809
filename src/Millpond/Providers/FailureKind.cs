using System.Diagnostics.CodeAnalysis;

namespace Millpond.Providers;

/// <summary>What an error did to the transaction it happened in.</summary>
[Experimental(ProviderSeam.Id)]
public enum FailureKind
{
    /// <summary>The statement failed and the transaction goes on.</summary>
    Statement,

    /// <summary>The transaction can only be rolled back, wholly or to a savepoint.</summary>
    Aborted,

    /// <summary>The database has already rolled the whole transaction back; no statement may follow.</summary>
    TransactionLost,

    /// <summary>The connection is lost, and the transaction with it.</summary>
    ConnectionLost,
}
