using System.Transactions;
using Millpond.Leasing;

namespace Millpond.Transactions;

/// <summary>Knows that a TransactionScope is around a session's work, which it would seem to take part in (S20).</summary>
internal static class AmbientTransaction
{
    public const string Refusal =
        "A session cannot take part in a TransactionScope, because the session commits its own transaction. Remove the " +
        "scope; the session is already one transaction.";

    /// <summary>Refuses what is about to run inside a scope: the scope could neither commit it nor undo it.</summary>
    /// <param name="operation">What is about to run. What reads on, closes or ends the transaction passes.</param>
    public static void ThrowIfAny(Operation operation)
    {
        if (operation.Kind is OperationKind.Command or OperationKind.Queuing or OperationKind.Exclusive &&
            Transaction.Current is not null)
        {
            throw new NotSupportedException(Refusal);
        }
    }
}
