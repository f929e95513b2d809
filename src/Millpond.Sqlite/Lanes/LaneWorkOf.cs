namespace Millpond.Sqlite.Lanes;

/// <summary>A work item of a lane's thread, with a result.</summary>
/// <typeparam name="TState">The type of its state.</typeparam>
/// <typeparam name="TResult">The type of its result.</typeparam>
internal sealed class LaneWork<TState, TResult>(Func<TState, LaneWork, TResult> body, TState state) : LaneWork
{
    // Never on the lane's thread, because the awaiting request may do anything.
    private readonly TaskCompletionSource<TResult> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TResult _result = default!;

    public Task<TResult> Task => _done.Task;

    protected override void Do() => _result = body(state, this);

    public override void Signal()
    {
        if (Error is null)
        {
            _done.SetResult(_result);
        }
        else
        {
            _done.SetException(Error);
        }
    }
}
