namespace Millpond.Sessions;

/// <summary>Who is using a session at this moment: nobody, one operation, or readers that stand open (S10).</summary>
/// <remarks>
/// <para>States: <i>free</i>, <i>running</i> (one operation), <i>closed</i> (the session has ended). Open readers are kept
/// beside the state: they rest while nobody reads. <see cref="CloseAsync"/> waits for the running operation, so after it
/// nothing touches the connection any more, and an operation that comes later finds the session closed.</para>
/// <para>Thread-safe: users share sessions by mistake, and this is where it shows.</para>
/// </remarks>
internal sealed class SessionUse(bool commandsBesideReaders)
{
    private readonly Lock _lock = new();
    private readonly List<SessionDataReader> _readers = [];
    private Operation? _running;
    private bool _closed;
    private TaskCompletionSource? _idle;

    /// <summary>Gets what runs now; null when nothing does.</summary>
    public Operation? Running
    {
        get
        {
            lock (_lock)
            {
                return _running;
            }
        }
    }

    /// <summary>Starts an operation.</summary>
    /// <returns>False: the session has ended.</returns>
    /// <exception cref="SessionConcurrencyException">Something else runs, or a reader is open and the driver allows nothing
    /// beside it.</exception>
    public bool TryBegin(Operation operation)
    {
        lock (_lock)
        {
            if (_closed)
            {
                return false;
            }

            if (_running is { } other)
            {
                throw new SessionConcurrencyException(other.Text, operation.Text, readerOpen: false);
            }

            var allowed = operation.Kind switch
            {
                OperationKind.ReaderStep or OperationKind.ReaderClose => true,
                OperationKind.Command => commandsBesideReaders || _readers.Count == 0,
                _ => _readers.Count == 0,
            };
            if (!allowed)
            {
                throw new SessionConcurrencyException(_readers[0].Text, operation.Text, readerOpen: true);
            }

            _running = operation;
            return true;
        }
    }

    public void End()
    {
        TaskCompletionSource? idle;
        lock (_lock)
        {
            _running = null;
            idle = _idle;
            _idle = null;
        }

        idle?.SetResult();
    }

    public void Opened(SessionDataReader reader)
    {
        lock (_lock)
        {
            _readers.Add(reader);
        }
    }

    public void Closed(SessionDataReader reader)
    {
        lock (_lock)
        {
            _readers.Remove(reader);
        }
    }

    /// <summary>Lets no operation begin any more, and waits for the one that runs.</summary>
    /// <returns>The readers that were left open; they belong to the caller now.</returns>
    public async Task<SessionDataReader[]> CloseAsync()
    {
        Task idle;
        lock (_lock)
        {
            _closed = true;
            idle = _running is null
                ? Task.CompletedTask
                : (_idle ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        }

        await idle.ConfigureAwait(false);
        lock (_lock)
        {
            SessionDataReader[] left = [.. _readers];
            _readers.Clear();
            return left;
        }
    }
}
