using Millpond.Sqlite.Lanes;

namespace Millpond.Sqlite.Connections;

/// <summary>A step of work on the driver's connection, from one await to the next.</summary>
internal sealed class LaneStep(LaneContext context, SendOrPostCallback step, object? state) : LaneWork
{
    protected override void Do()
    {
        SynchronizationContext.SetSynchronizationContext(context);
        try
        {
            step(state);
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(null);
        }
    }

    public override void Tell()
    {
        if (Error is { } error)
        {
            context.Lose(error);
        }
    }
}
