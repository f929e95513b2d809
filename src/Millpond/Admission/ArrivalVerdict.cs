namespace Millpond.Admission;

/// <summary>The decision on a caller that finds no free permit.</summary>
internal enum ArrivalVerdict
{
    Queue,

    /// <summary>It queues, and the oldest waiter is rejected instead.</summary>
    QueueForOldest,

    TooLong,
    QueueFull,
}
