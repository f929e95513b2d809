using Microsoft.Data.Sqlite;
using Millpond.Sqlite.Statements;

namespace Millpond.Sqlite.Lanes;

/// <summary>A piece of work for a lane's thread.</summary>
internal abstract class LaneWork
{
    private volatile bool _cancelled;
    private volatile bool _overdue;
    private SqliteLane? _lane;
    private CancellationTokenRegistration _link;

    /// <summary>Gets the command it executes or reads, so that it can be cancelled by it; null where it cannot.</summary>
    public object? Target { get; init; }

    /// <summary>Gets whether it may be interrupted while it runs; what is not is only not begun.</summary>
    public bool Interruptible { get; init; }

    /// <summary>Gets whether it is begun even when its interruption was asked for before: somebody waits for its end.</summary>
    public bool MustRun { get; init; }

    /// <summary>Gets whether the lane ends with it.</summary>
    public bool IsLast { get; init; }

    /// <summary>Gets the caller's token.</summary>
    public CancellationToken Token { get; init; }

    /// <summary>Gets whether its interruption was asked for; long loops look at it between their steps.</summary>
    public bool IsCancelled => _cancelled;

    /// <summary>Gets how long it may run; null: as long as it takes.</summary>
    public TimeSpan? Limit { get; init; }

    /// <summary>Gets how long the whole statement may run that it is a step of.</summary>
    public TimeSpan StatementLimit { get; init; }

    /// <summary>Gets how long it ran, where that is limited. After its end.</summary>
    public TimeSpan Ran { get; set; }

    /// <summary>Gets whether it ran longer than it may.</summary>
    public bool IsOverdue => _overdue;

    protected Exception? Error { get; private set; }

    /// <summary>Has the token interrupt it. Before it is added.</summary>
    public void Link(SqliteLane lane)
    {
        if (Token.CanBeCanceled)
        {
            _lane = lane;
            _link = Token.UnsafeRegister(static self => ((LaneWork)self!)._lane!.Interrupt((LaneWork)self), this);
        }
    }

    /// <summary>Asks for its interruption. Under the lane's lock.</summary>
    public void Cancel() => _cancelled = true;

    /// <summary>Notes that it runs too long. Under the lane's lock.</summary>
    public void Expire() => _overdue = true;

    /// <summary>Does it, on the lane's thread, and keeps what comes of it.</summary>
    public void Execute(SqliteLane lane)
    {
        try
        {
            Do();
        }
        catch (SqliteException error) when (error.SqliteErrorCode == ResultCode.Interrupt)
        {
            Error = lane.Interrupted(this, error);
        }
        catch (SqliteException error)
        {
            Error = lane.Explain(error);
        }
        catch (Exception error)
        {
            Error = error;
        }
    }

    /// <summary>Makes it fail.</summary>
    public void Fail(Exception error) => Error = error;

    /// <summary>Tells what came of it. What awaits it continues elsewhere.</summary>
    public void Finish()
    {
        _link.Unregister();   // does not wait: a late interruption finds that it does not run
        Tell();
    }

    protected abstract void Do();

    protected abstract void Tell();
}
