namespace Millpond.Leasing;

/// <summary>The kinds of operations, by what may stand open beside them.</summary>
internal enum OperationKind
{
    /// <summary>A command, a batch or a savepoint: beside open readers where the driver allows it.</summary>
    Command,

    /// <summary>A step of an open reader.</summary>
    ReaderStep,

    /// <summary>The queuing of a statement, which sends nothing: beside open readers.</summary>
    Queuing,

    /// <summary>The closing of a reader or the rollback of a disposed transaction: possible whatever became of the
    /// transaction, and cancelled by nobody.</summary>
    CleanUp,

    /// <summary>The end of the transaction: nothing may be open.</summary>
    Boundary,

    /// <summary>Work on the driver's own connection: nothing may be open, and nothing may begin meanwhile.</summary>
    Exclusive,
}
