namespace Millpond.Admission;

/// <summary>What becomes of somebody who finds no free permit.</summary>
internal enum ArrivalVerdict
{
    /// <summary>It queues.</summary>
    Queue,

    /// <summary>It queues, and the oldest of the queue goes for it.</summary>
    QueueForOldest,

    /// <summary>It would wait for too long.</summary>
    TooLong,

    /// <summary>The queue is as long as it may be.</summary>
    QueueFull,
}
