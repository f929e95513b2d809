namespace Millpond.Leasing;

/// <summary>The current use of a session: none, one operation, or open readers (S10).</summary>
/// <remarks>
/// <para>States: <i>free</i>, <i>running</i> (one operation), <i>closed</i> (the session has ended). Open readers are kept
/// beside the state. <see cref="CloseAsync"/> waits for the running operation, so nothing uses the connection afterwards, and a
/// later operation finds the session closed.</para>
/// <para>Thread-safe: users share sessions by mistake, and this class detects it.</para>
/// </remarks>
internal sealed class SessionUse(bool commandsBesideReaders, TimeProvider time, bool captureStacks)
{
    /// <summary>As many equal commands in a row suggest a loop over rows that one command could serve.</summary>
    public const int ManyRepeats = 20;

    private readonly Lock _lock = new();
    private List<IOpenReader>? _readers;
    private Operation? _running;
    private bool _closed;
    private TaskCompletionSource? _idle;

    // The statistics of the current lease (G20).
    private long _since;
    private TimeSpan _busy;
    private int _commands;
    private string? _last;
    private string? _stack;
    private CodeSite _site;
    private CodeSite _runningSite;
    private int _repeats;
    private int _mostRepeats;
    private string? _mostRepeated;

    /// <summary>Gets what runs now, or null.</summary>
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

    /// <summary>Gets the text of an open reader, or null.</summary>
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

    /// <summary>Records the place of a call of one of Millpond's own methods.</summary>
    public void CalledFrom(CodeSite site)
    {
        lock (_lock)
        {
            _site = site;
        }
    }

    /// <summary>Begins the statistics of a new lease. Inside the operation that needed it.</summary>
    public void Leased()
    {
        lock (_lock)
        {
            _busy = TimeSpan.Zero;
            _since = time.GetTimestamp();
            _commands = _running?.Kind == OperationKind.Command ? 1 : 0;
            (_repeats, _mostRepeats, _mostRepeated) = (_commands, 0, null);
        }
    }

    /// <summary>Reads the statistics.</summary>
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
                Repeats = _mostRepeats,
                Repeated = _mostRepeated,
                Site = _site,
                Stack = _stack,
            };
        }
    }

    /// <summary>Returns whether nothing runs, and the last operation has ended since a timestamp.</summary>
    public bool HasEndedSince(long timestamp)
    {
        lock (_lock)
        {
            return _running is null && _commands > 0 && _since - timestamp >= 0;
        }
    }

    /// <summary>Starts an operation.</summary>
    /// <returns>False if the session has ended.</returns>
    /// <exception cref="SessionConcurrencyException">Another operation runs, or a reader is open and the driver does not allow
    /// that.</exception>
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
                throw new SessionConcurrencyException(other.Text, operation.Text, readerOpen: false, _stack)
                {
                    RunningSite = _runningSite,
                    RefusedSite = _site,
                };
            }

            _readers?.RemoveAll(static reader => !reader.IsOpen);   // readers that are closed without notice
            if (Obstacle(operation.Kind) is { } open)
            {
                throw new SessionConcurrencyException(open, operation.Text, readerOpen: true, _stack)
                {
                    RunningSite = _runningSite,
                    RefusedSite = _site,
                };
            }

            _running = operation;
            _runningSite = _site;
            _since = time.GetTimestamp();
            CountCommand(operation);
            _last = operation.Text;
            _stack = captureStacks ? Environment.StackTrace : null;
            return true;
        }
    }

    /// <summary>Starts an operation if nothing runs and no reader is open.</summary>
    /// <returns>False otherwise, or if the session has ended.</returns>
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

    /// <summary>Removes readers that are closed without notice: the driver reuses their objects for the connection's next
    /// user.</summary>
    public void ForgetUntracked()
    {
        lock (_lock)
        {
            _readers?.RemoveAll(static reader => reader.IsUntracked);
        }
    }

    /// <summary>Prevents new operations, and waits for the running one.</summary>
    /// <returns>The readers that were left open. They belong to the caller now.</returns>
    public async Task<IOpenReader[]> CloseAsync()
    {
        lock (_lock)
        {
            _closed = true;
        }

        await WhenIdleAsync().ConfigureAwait(false);
        return OpenReaders;
    }

    /// <summary>Waits for the running operation.</summary>
    public Task WhenIdleAsync()
    {
        lock (_lock)
        {
            return _running is null
                ? Task.CompletedTask
                : (_idle ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        }
    }

    private void CountCommand(Operation operation)
    {
        if (operation.Kind != OperationKind.Command)
        {
            return;
        }

        _commands++;
        _repeats = operation.Text == _last ? _repeats + 1 : 1;
        if (_repeats >= ManyRepeats && _repeats > _mostRepeats)
        {
            (_mostRepeats, _mostRepeated) = (_repeats, operation.Text);
        }
    }

    /// <summary>Finds the text of an open reader that prevents an operation of this kind.</summary>
    private string? Obstacle(OperationKind kind) =>
        kind is OperationKind.ReaderStep or OperationKind.Queuing or OperationKind.CleanUp ||
        (kind == OperationKind.Command && commandsBesideReaders) ? null
        : Reader;
}
