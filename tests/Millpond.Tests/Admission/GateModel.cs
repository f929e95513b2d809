namespace Millpond.Tests.Admission;

/// <summary>A simple model of the gate: a number of permits and a list of waiters, first come, first served.</summary>
internal sealed class GateModel(int permits)
{
    private readonly List<(int Visit, int Deadline)> _waiting = [];
    private int _permits = permits;
    private int _now;

    public int InUse { get; private set; }

    public int Waiting => _waiting.Count;

    public bool IsClosed { get; private set; }

    /// <summary>Gets the visits that hold a permit.</summary>
    public HashSet<int> Granted { get; } = [];

    /// <summary>Gets the visits that ended without one.</summary>
    public HashSet<int> Ended { get; } = [];

    public void Enter(int visit, int patience)
    {
        if (IsClosed)
        {
            Ended.Add(visit);
        }
        else if (_waiting.Count == 0 && InUse < _permits)
        {
            Grant(visit);
        }
        else
        {
            _waiting.Add((visit, _now + patience));
        }
    }

    public void Release(int visit)
    {
        if (Granted.Remove(visit))
        {
            InUse--;
            Serve();
        }
    }

    public void Cancel(int visit)
    {
        if (_waiting.RemoveAll(one => one.Visit == visit) > 0)
        {
            Ended.Add(visit);
        }
    }

    public void Pass(int time)
    {
        _now += time;
        foreach (var (late, _) in _waiting.Where(one => one.Deadline <= _now).ToList())
        {
            Cancel(late);
        }
    }

    public void Resize(int permits)
    {
        _permits = permits;
        Serve();
    }

    public void Close()
    {
        IsClosed = true;
        foreach (var (left, _) in _waiting.ToList())
        {
            Cancel(left);
        }
    }

    private void Serve()
    {
        while (_waiting.Count > 0 && InUse < _permits)
        {
            var first = _waiting[0].Visit;
            _waiting.RemoveAt(0);
            Grant(first);
        }
    }

    private void Grant(int visit)
    {
        InUse++;
        Granted.Add(visit);
    }
}
