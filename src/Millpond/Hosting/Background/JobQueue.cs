using System.Diagnostics.CodeAnalysis;

namespace Millpond.Hosting.Background;

/// <summary>A bounded queue of jobs with its workers, which start with the first job (S12).</summary>
/// <remarks>Thread-safe. A place is reserved for a job before its session commits, so adding it afterwards cannot
/// fail.</remarks>
#pragma warning disable CA1001 // The token source has no timer and no wait handle, so there is nothing to release.
internal sealed class JobQueue(
#pragma warning restore CA1001
    string name,
    int capacity,
    int workers,
    Func<BackgroundJob, CancellationToken, Task<bool>> run,
    Action<BackgroundJob> tooLate)
{
    private static readonly AsyncLocal<JobQueue?> Working = new();

    private readonly Queue<BackgroundJob> _jobs = new();
    private readonly CancellationTokenSource _end = new();
    private readonly TaskCompletionSource _idle = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _lock = new();
    private int _reserved;
    private int _working;   // includes workers between two jobs
    private int _running;
    private long _completed;
    private long _failed;
    private bool _stopping;
    private bool _over;

    /// <summary>Reserves a place for a job.</summary>
    /// <remarks>During shutdown, running jobs may still enqueue others; otherwise they would fail and roll back their own
    /// work.</remarks>
    /// <exception cref="SessionRejectedException">The queue is full or shut down.</exception>
    public void Reserve()
    {
        lock (_lock)
        {
            if (_over || (_stopping && !ReferenceEquals(Working.Value, this)))
            {
                throw SessionRejectedException.NoMoreJobs(name);
            }

            if (_reserved + _jobs.Count >= capacity)
            {
                throw SessionRejectedException.QueueFull(name, _reserved + _jobs.Count, _reserved, _running);
            }

            _reserved++;
        }
    }

    /// <summary>Adds a job to its reserved place. Cannot fail.</summary>
    public void Fill(BackgroundJob job)
    {
        if (!job.TakePlace())
        {
            return;
        }

        lock (_lock)
        {
            _reserved--;
            if (!_over)
            {
                _jobs.Enqueue(job);
                if (_working < workers)
                {
                    // Without an execution context, so no request's flow, culture or trace applies.
                    _working++;
                    ThreadPool.UnsafeQueueUserWorkItem(static queue => _ = queue.WorkAsync(), this, preferLocal: false);
                }

                return;
            }
        }

        tooLate(job);
    }

    public void Free(BackgroundJob job)
    {
        if (!job.TakePlace())
        {
            return;
        }

        lock (_lock)
        {
            _reserved--;
            SignalIdle();
        }
    }

    public BackgroundSnapshot GetSnapshot()
    {
        lock (_lock)
        {
            return new BackgroundSnapshot
            {
                EngineName = name,
                Capacity = capacity,
                Workers = workers,
                Reserved = _reserved,
                Queued = _jobs.Count,
                Running = _running,
                Completed = _completed,
                Failed = _failed,
            };
        }
    }

    /// <summary>Rejects new jobs from outside, and runs the waiting ones and those that sessions which are committing still
    /// add.</summary>
    /// <param name="cancellationToken">Ends the wait: running jobs must be cancelled, and the others do not start.</param>
    /// <returns>How many jobs are still running, and how many did not start.</returns>
    public async Task<(int Running, int Left)> StopAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            _stopping = true;
            SignalIdle();
        }

        await _idle.Task.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        lock (_lock)
        {
            _over = true;
            SignalIdle();
            return (_running, _jobs.Count);
        }
    }

    /// <summary>Cancels the running jobs.</summary>
    /// <exception cref="AggregateException">Callbacks threw. All callbacks were called.</exception>
    public Task CancelAsync() => _end.CancelAsync();

    public Task WhenIdleAsync(TimeSpan limit, TimeProvider time) => _idle.Task.WaitAsync(limit, time);

    private void SignalIdle()
    {
        if (_stopping && _running == 0 && (_over || _reserved + _jobs.Count == 0))
        {
            _idle.TrySetResult();
        }
    }

    private async Task WorkAsync()
    {
        Working.Value = this;   // visible to the jobs until this method returns
        while (TryTake(out var job))
        {
            var done = await run(job, _end.Token).ConfigureAwait(false);
            lock (_lock)
            {
                _running--;
                (_completed, _failed) = done ? (_completed + 1, _failed) : (_completed, _failed + 1);
                SignalIdle();
            }
        }
    }

    /// <returns>False if the queue is empty, so the worker ends.</returns>
    private bool TryTake([NotNullWhen(true)] out BackgroundJob? job)
    {
        lock (_lock)
        {
            job = null;
            if (_over || !_jobs.TryDequeue(out job))
            {
                _working--;
                return false;
            }

            _running++;
            return true;
        }
    }
}
