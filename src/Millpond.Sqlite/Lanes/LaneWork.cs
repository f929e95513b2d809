using Microsoft.Data.Sqlite;
using Millpond.Sqlite.Statements;

namespace Millpond.Sqlite.Lanes;

/// <summary>A piece of work for a lane's thread, where its methods are called.</summary>
internal abstract class LaneWork
{
    private volatile bool _cancelled;
    private long _began;

    /// <summary>Gets the command it executes or reads, so that it can be cancelled by it; null where it cannot.</summary>
    public object? Target { get; init; }

    /// <summary>Gets whether it may be interrupted while it runs; what is not is only not begun.</summary>
    public bool Interruptible { get; init; }

    /// <summary>Gets whether it is begun even when its interruption was asked for before: somebody waits for its end.</summary>
    public bool MustRun { get; init; }

    /// <summary>Gets whether it ends a transaction, and nobody waits for that.</summary>
    public bool IsEnd { get; init; }

    /// <summary>Gets whether the lane ends with it.</summary>
    public bool IsLast { get; init; }

    /// <summary>Gets the caller's token.</summary>
    public CancellationToken Token { get; init; }

    /// <summary>Gets whether its interruption was asked for; long loops look at it between their steps.</summary>
    public bool IsCancelled => _cancelled || Token.IsCancellationRequested;

    /// <summary>Gets how long it may run; null: as long as it takes.</summary>
    public TimeSpan? Limit { get; init; }

    /// <summary>Gets how long the whole statement may run that it is a step of.</summary>
    public TimeSpan StatementLimit { get; init; }

    /// <summary>Gets how long it ran, where that is limited. After its end.</summary>
    public TimeSpan Ran { get; private set; }

    /// <summary>Gets whether it was interrupted because it ran longer than it may.</summary>
    public bool IsOverdue { get; private set; }

    protected Exception? Error { get; private set; }

    /// <summary>Asks for its interruption, from any thread.</summary>
    public void Cancel() => _cancelled = true;

    /// <summary>Begins, unless that is not wanted any more.</summary>
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

    /// <summary>Says whether it is to be interrupted now.</summary>
    public bool MustStop(TimeProvider time)
    {
        if (IsCancelled)
        {
            return true;
        }

        return IsOverdue |= Limit is { } limit && time.GetElapsedTime(_began) > limit;
    }

    /// <summary>Does it, and keeps what comes of it.</summary>
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

    /// <summary>Tells what came of it. What awaits it continues elsewhere.</summary>
    public abstract void Signal();

    protected abstract void Do();
}
