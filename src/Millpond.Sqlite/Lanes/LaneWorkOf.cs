using Microsoft.Data.Sqlite;
using Millpond.Sqlite.Statements;

namespace Millpond.Sqlite.Lanes;

/// <summary>A piece of work for a lane's thread, with a result.</summary>
/// <typeparam name="TState">What the work is done with.</typeparam>
/// <typeparam name="TResult">What comes of it.</typeparam>
internal sealed class LaneWork<TState, TResult>(Func<TState, LaneWork, TResult> body, TState state) : LaneWork
{
    // Never on the lane's thread: what awaits is a request, and may do anything.
    private readonly TaskCompletionSource<TResult> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TResult _result = default!;
    private Exception? _error;

    public Task<TResult> Task => _done.Task;

    public override void Execute(SqliteLane lane)
    {
        try
        {
            _result = body(state, this);
        }
        catch (SqliteException error) when (error.SqliteErrorCode == ResultCode.Interrupt)
        {
            _error = lane.Interrupted(this, error);
        }
        catch (SqliteException error)
        {
            _error = lane.Explain(error);
        }
        catch (Exception error)
        {
            _error = error;
        }
    }

    public override void Fail(Exception error) => _error = error;

    public override void Finish()
    {
        if (_error is null)
        {
            _done.TrySetResult(_result);
        }
        else
        {
            _done.TrySetException(_error);
        }
    }
}
