using Microsoft.Data.Sqlite;
using Millpond.Sqlite.Statements;

namespace Millpond.Sqlite.Lanes;

/// <summary>A work item of a lane's thread, where its methods are called.</summary>
internal abstract class LaneWork
{
    private volatile bool _cancelled;
    private long _began;

    /// <summary>Gets the command that it executes or reads, by which it can be cancelled; null if it cannot.</summary>
    public object? Target { get; init; }

    /// <summary>Gets whether it may be interrupted while it runs. Otherwise it can only be prevented from beginning.</summary>
    public bool Interruptible { get; init; }

    /// <summary>Gets whether it begins even if it was cancelled before, because its end is awaited.</summary>
    public bool MustRun { get; init; }

    /// <summary>Gets whether it ends a transaction and is not awaited.</summary>
    public bool IsEnd { get; init; }

    /// <summary>Gets whether it is the last one of the lane.</summary>
    public bool IsLast { get; init; }

    /// <summary>Gets the caller's token.</summary>
    public CancellationToken Token { get; init; }

    /// <summary>Gets whether it was cancelled. Long loops check this between their steps.</summary>
    public bool IsCancelled => _cancelled || Token.IsCancellationRequested;

    /// <summary>Gets how long it may run; null: no limit.</summary>
    public TimeSpan? Limit { get; init; }

    /// <summary>Gets how long the whole statement may run of which it is a step.</summary>
    public TimeSpan StatementLimit { get; init; }

    /// <summary>Gets how long it ran, if that is limited. Available after its end.</summary>
    public TimeSpan Ran { get; private set; }

    /// <summary>Gets whether it was interrupted because it exceeded its limit.</summary>
    public bool IsOverdue { get; private set; }

    protected Exception? Error { get; private set; }

    /// <summary>Requests its interruption, from any thread.</summary>
    public void Cancel() => _cancelled = true;

    /// <summary>Begins, unless it was cancelled.</summary>
    public bool TryBegin(TimeProvider time)
    {
        if (IsCancelled && !MustRun)
        {
            Error = new OperationCanceledException(Token);
            return false;
        }

        _began = Limit is null ? 0 : time.GetTimestamp();
        return true;
    }

    /// <summary>Returns whether it must be interrupted now.</summary>
    public bool MustStop(TimeProvider time)
    {
        if (IsCancelled)
        {
            return true;
        }

        return IsOverdue |= Limit is { } limit && time.GetElapsedTime(_began) > limit;
    }

    /// <summary>Runs it and keeps its result.</summary>
    public void Execute(SqliteLane lane)
    {
        try
        {
            Do();
        }
        catch (SqliteException error) when (error.SqliteErrorCode == ResultCode.Interrupt)
        {
            Error = IsOverdue
                ? LaneSql.TooLong(StatementLimit)
                : new OperationCanceledException("The command was interrupted.", error, Token);
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

    public void End(TimeProvider time) => Ran = Limit is null ? TimeSpan.Zero : time.GetElapsedTime(_began);

    /// <summary>Publishes the result. Whatever awaits it continues on another thread.</summary>
    public abstract void Signal();

    protected abstract void Do();
}
