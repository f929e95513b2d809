using System.Transactions;
using Millpond.Leasing;

namespace Millpond.Transactions;

/// <summary>Detects a TransactionScope around a session's work, in which it would seem to take part (S20).</summary>
internal static class AmbientTransaction
{
    public const string Refusal =
        "A session cannot take part in a TransactionScope, because the session commits its own transaction. Remove the " +
        "scope; the session is already one transaction.";

    /// <summary>Rejects an operation inside a scope, because the scope could neither commit nor undo it.</summary>
    /// <param name="operation">The operation. Reading on, closing and ending the transaction are allowed.</param>
    public static void ThrowIfAny(Operation operation)
    {
        if (operation.Kind is OperationKind.Command or OperationKind.Queuing or OperationKind.Exclusive &&
            Transaction.Current is not null)
        {
            throw new NotSupportedException(Refusal);
        }
    }
}
