namespace Millpond.Leasing;

/// <summary>Who is using a session at this moment: nobody, one operation, or readers that stand open (S10).</summary>
/// <remarks>
/// <para>States: <i>free</i>, <i>running</i> (one operation), <i>closed</i> (the session has ended). Open readers are kept
/// beside the state: they rest while nobody reads. <see cref="CloseAsync"/> waits for the running operation, so after it
/// nothing touches the connection any more, and an operation that comes later finds the session closed.</para>
/// <para>Thread-safe: users share sessions by mistake, and this is where it shows.</para>
/// </remarks>
internal sealed class SessionUse(bool commandsBesideReaders, TimeProvider time, bool captureStacks)
{
    private readonly Lock _lock = new();
    private List<IOpenReader>? _readers;
    private Operation? _running;
    private bool _closed;
    private TaskCompletionSource? _idle;

    // The books of the present lease (G20).
    private long _since;
    private TimeSpan _busy;
    private int _commands;
    private string? _last;
    private string? _stack;
    private CodeSite _site;

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

    /// <summary>Gets the text of a reader that is open; null: none is.</summary>
    public string? OpenReader
    {
        get
        {
            lock (_lock)
            {
                return Reader;
            }
        }
    }

    public IOpenReader[] OpenReaders
    {
        get
        {
            lock (_lock)
            {
                return [.. _readers?.Where(static reader => reader.IsOpen) ?? []];
            }
        }
    }

    private string? Reader => _readers?.Find(static reader => reader.IsOpen)?.Text;

    /// <summary>Notes where one of our own methods was called.</summary>
    public void CalledFrom(CodeSite site)
    {
        lock (_lock)
        {
            _site = site;
        }
    }

    /// <summary>Opens the books of a new lease. Inside the operation that needed it.</summary>
    public void Leased()
    {
        lock (_lock)
        {
            _busy = TimeSpan.Zero;
            _since = time.GetTimestamp();
            _commands = _running?.Kind == OperationKind.Command ? 1 : 0;
        }
    }

    /// <summary>Reads the books.</summary>
    public SessionActivity GetActivity()
    {
        lock (_lock)
        {
            var inState = time.GetElapsedTime(_since);
            var running = _running is not null;
            return new SessionActivity
            {
                Commands = _commands,
                Busy = running ? _busy + inState : _busy,
                IsRunning = running,
                TimeInState = inState,
                LastCommand = _last,
                Site = _site,
                Stack = _stack,
            };
        }
    }

    /// <summary>Says whether nothing runs, and what ran last has ended since a timestamp.</summary>
    public bool HasEndedSince(long timestamp)
    {
        lock (_lock)
        {
            return _running is null && _commands > 0 && _since - timestamp >= 0;
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
                throw new SessionConcurrencyException(other.Text, operation.Text, readerOpen: false, _stack);
            }

            _readers?.RemoveAll(static reader => !reader.IsOpen);   // those that nobody sees close
            if (Obstacle(operation.Kind) is { } open)
            {
                throw new SessionConcurrencyException(open, operation.Text, readerOpen: true, _stack);
            }

            _running = operation;
            _since = time.GetTimestamp();
            _last = operation.Text;
            _commands += operation.Kind == OperationKind.Command ? 1 : 0;
            _stack = captureStacks ? Environment.StackTrace : null;
            return true;
        }
    }

    /// <summary>Starts an operation if nothing runs and no reader stands open.</summary>
    /// <returns>False: something is, or the session has ended.</returns>
    public bool TryBeginIdle(Operation operation)
    {
        lock (_lock)
        {
            if (_closed || _running is not null || Reader is not null)
            {
                return false;
            }

            _running = operation;
            _since = time.GetTimestamp();
            return true;
        }
    }

    public void End()
    {
        TaskCompletionSource? idle;
        lock (_lock)
        {
            _running = null;
            var now = time.GetTimestamp();
            _busy += time.GetElapsedTime(_since, now);
            _since = now;
            idle = _idle;
            _idle = null;
        }

        idle?.SetResult();
    }

    public void Opened(IOpenReader reader)
    {
        lock (_lock)
        {
            (_readers ??= []).Add(reader);
        }
    }

    public void Closed(IOpenReader reader)
    {
        lock (_lock)
        {
            _readers?.Remove(reader);
        }
    }

    /// <summary>Forgets the readers that nobody sees close: the driver uses their objects again, for whoever has the connection
    /// next.</summary>
    public void ForgetUnseen()
    {
        lock (_lock)
        {
            _readers?.RemoveAll(static reader => reader.IsUnseen);
        }
    }

    /// <summary>Lets no operation begin any more, and waits for the one that runs.</summary>
    /// <returns>The readers that were left open; they belong to the caller now.</returns>
    public async Task<IOpenReader[]> CloseAsync()
    {
        lock (_lock)
        {
            _closed = true;
        }

        await WhenIdleAsync().ConfigureAwait(false);
        return OpenReaders;
    }

    /// <summary>Waits for the operation that runs.</summary>
    public Task WhenIdleAsync()
    {
        lock (_lock)
        {
            return _running is null
                ? Task.CompletedTask
                : (_idle ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        }
    }

    /// <summary>Finds the text of a reader that stands open and that nothing of this kind may run beside.</summary>
    private string? Obstacle(OperationKind kind) =>
        kind is OperationKind.ReaderStep or OperationKind.Queuing or OperationKind.CleanUp ||
        (kind == OperationKind.Command && commandsBesideReaders) ? null
        : Reader;
}
