using System.Threading.Channels;

namespace Millpond.Hosting.Background;

/// <summary>A bounded queue of jobs and the workers that run them; nothing is started before the first job (S12).</summary>
/// <remarks>Thread-safe. A place is kept for a job before its session commits, so that putting it there cannot fail.</remarks>
#pragma warning disable CA1001 // The token source has no timer and lends no wait handle: there is nothing to release.
internal sealed class JobQueue
#pragma warning restore CA1001
{
    private static readonly AsyncLocal<JobQueue?> Working = new();

    private readonly string _name;
    private readonly int _capacity;
    private readonly int _workers;
    private readonly Func<BackgroundJob, CancellationToken, Task<bool>> _run;
    private readonly Action<BackgroundJob> _tooLate;
    private readonly Channel<BackgroundJob> _jobs;
    private readonly CancellationTokenSource _end = new();
    private readonly TaskCompletionSource _idle = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _lock = new();
    private int _promised;
    private int _queued;
    private int _running;
    private long _done;
    private long _failed;
    private bool _started;
    private bool _stopping;
    private volatile bool _over;

    /// <param name="name">The engine's name, for errors.</param>
    /// <param name="capacity">How many jobs may wait.</param>
    /// <param name="workers">How many run at once.</param>
    /// <param name="run">Runs a job and says whether it was done; never throws.</param>
    /// <param name="tooLate">Is told of a job whose place was filled after the end.</param>
    public JobQueue(
        string name,
        int capacity,
        int workers,
        Func<BackgroundJob, CancellationToken, Task<bool>> run,
        Action<BackgroundJob> tooLate)
    {
        (_name, _capacity, _workers, _run, _tooLate) = (name, capacity, workers, run, tooLate);
        _jobs = Channel.CreateBounded<BackgroundJob>(capacity);
    }

    /// <summary>Keeps a place for a job.</summary>
    /// <remarks>While the queue stops, its own jobs may still bring the next, as long as it runs any: refused, they would fail
    /// and undo their own work.</remarks>
    /// <exception cref="SessionRejectedException">There is none, or the queue stops.</exception>
    public JobSlot Reserve(BackgroundJob job)
    {
        lock (_lock)
        {
            if (_over || (_stopping && !ReferenceEquals(Working.Value, this)))
            {
                throw SessionRejectedException.NoMoreJobs(_name);
            }

            if (_promised + _queued >= _capacity)
            {
                throw SessionRejectedException.QueueFull(_name, _promised + _queued, _promised, _running);
            }

            _promised++;
            return new JobSlot(this, job);
        }
    }

    /// <summary>Puts a job where a place was kept for it.</summary>
    public void Fill(BackgroundJob job)
    {
        lock (_lock)
        {
            _promised--;
            if (!_over)
            {
                _queued++;
                _jobs.Writer.TryWrite(job);   // there is room: it never holds more than is queued
                Start();
                return;
            }
        }

        _tooLate(job);
    }

    /// <summary>Gives a place up that was kept.</summary>
    public void Free()
    {
        lock (_lock)
        {
            _promised--;
            TellIdle();
        }
    }

    public BackgroundSnapshot GetSnapshot()
    {
        lock (_lock)
        {
            return new BackgroundSnapshot
            {
                Engine = _name,
                Capacity = _capacity,
                Workers = _workers,
                Promised = _promised,
                Queued = _queued,
                Running = _running,
                Done = _done,
                Failed = _failed,
            };
        }
    }

    /// <summary>Takes no new jobs but those of its own, and runs those that are there and that committing sessions still
    /// bring.</summary>
    /// <param name="cancellationToken">Ends that: running jobs are to be cancelled, the others never begin.</param>
    /// <returns>How many still run, and how many never began.</returns>
    public async Task<(int Running, int Left)> StopAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            _stopping = true;
            TellIdle();
        }

        await _idle.Task.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        (int Running, int Left) left;
        lock (_lock)
        {
            _over = true;
            left = (_running, _queued);
            TellIdle();
        }

        _jobs.Writer.TryComplete();
        return left;
    }

    /// <summary>Cancels the jobs that still run.</summary>
    /// <exception cref="AggregateException">What their callbacks threw; all were called.</exception>
    public Task CancelAsync() => _end.CancelAsync();

    /// <summary>Waits for the jobs that were cancelled; not longer than a limit.</summary>
    public Task WhenIdleAsync(TimeSpan limit, TimeProvider time) => _idle.Task.WaitAsync(limit, time);

    private void TellIdle()
    {
        if (_stopping && _running == 0 && (_over || _promised + _queued == 0))
        {
            _idle.TrySetResult();
        }
    }

    /// <summary>Starts the workers with the first job, and in nobody's execution context: not in a request's flow, culture or
    /// trace.</summary>
    private void Start()
    {
        if (_started)
        {
            return;
        }

        _started = true;
        for (var i = 0; i < _workers; i++)
        {
            ThreadPool.UnsafeQueueUserWorkItem(static queue => _ = queue.WorkAsync(), this, preferLocal: false);
        }
    }

    private async Task WorkAsync()
    {
        Working.Value = this;   // for the jobs, until this method returns
        while (await _jobs.Reader.WaitToReadAsync().ConfigureAwait(false))
        {
            while (TryTake(out var job))
            {
                var done = await _run(job, _end.Token).ConfigureAwait(false);
                lock (_lock)
                {
                    _running--;
                    (_done, _failed) = done ? (_done + 1, _failed) : (_done, _failed + 1);
                    TellIdle();
                }
            }

            if (_over)
            {
                return;   // what is left stays
            }
        }
    }

    private bool TryTake(out BackgroundJob job)
    {
        lock (_lock)
        {
            if (_over || !_jobs.Reader.TryRead(out job!))
            {
                job = null!;
                return false;
            }

            _queued--;
            _running++;
            return true;
        }
    }
}
