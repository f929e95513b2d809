namespace Millpond.Leasing;

/// <summary>The kinds of operations, by what may be open at the same time.</summary>
internal enum OperationKind
{
    /// <summary>A command, a batch or a savepoint: with open readers if the driver allows it.</summary>
    Command,

    /// <summary>A step of an open reader.</summary>
    ReaderStep,

    /// <summary>The queueing of a statement, which sends nothing: with open readers.</summary>
    Queuing,

    /// <summary>The closing of a reader or the rollback of a disposed transaction: possible in any state of the transaction,
    /// and not cancellable.</summary>
    CleanUp,

    /// <summary>The end of the transaction: nothing may be open.</summary>
    Boundary,

    /// <summary>Work on the driver's own connection: nothing may be open, and nothing may begin meanwhile.</summary>
    Exclusive,
}
