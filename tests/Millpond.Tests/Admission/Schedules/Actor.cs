using Millpond.Admission;

namespace Millpond.Tests.Admission.Schedules;

/// <summary>A thread of a small case, which runs a step inside the gate only when the schedule allows it.</summary>
internal sealed class Actor : GateSteps.ISchedule, IDisposable
{
    private readonly SemaphoreSlim _go = new(0);
    private readonly SemaphoreSlim _stopped = new(0);
    private readonly Thread _thread;
    private Exception? _fault;

    /// <summary>Runs it up to its first step.</summary>
    public Actor(Action work)
    {
        _thread = new Thread(() =>
        {
            GateSteps.Follow(this);
            try
            {
                work();
            }
            catch (Exception error)
            {
                _fault = error;
            }

            (IsOver, WantsLock) = (true, false);
            _stopped.Release();
        })
        {
            IsBackground = true,
        };
        _thread.Start();
        _stopped.Wait();
    }

    public bool IsOver { get; private set; }

    /// <summary>Gets whether its next step is to take the gate's lock.</summary>
    public bool WantsLock { get; private set; }

    /// <summary>Gets whether it is inside the gate's lock.</summary>
    public bool HasLock { get; private set; }

    public Exception? Fault => _fault;

    /// <summary>Runs one step.</summary>
    public void Step()
    {
        HasLock |= WantsLock;
        _go.Release();
        _stopped.Wait();
    }

    public void BeforeSwap() => Stop(wantsLock: false);

    public void BeforeLock() => Stop(wantsLock: true);

    /// <remarks>Leaving the lock changes nothing that others see, except that they may take it.</remarks>
    public void AfterLock() => HasLock = false;

    public void Dispose()
    {
        _thread.Join();
        _go.Dispose();
        _stopped.Dispose();
    }

    private void Stop(bool wantsLock)
    {
        WantsLock = wantsLock;
        _stopped.Release();
        _go.Wait();
    }
}
