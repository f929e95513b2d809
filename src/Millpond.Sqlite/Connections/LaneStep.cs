using Millpond.Sqlite.Lanes;

namespace Millpond.Sqlite.Connections;

/// <summary>A step of work on the driver's connection, from one await to the next.</summary>
internal sealed class LaneStep(LaneContext context, SendOrPostCallback step, object? state) : LaneWork
{
    /// <summary>Gets true: a step left out would leave the work waiting for ever.</summary>
    public override bool MustRun => true;

    public override void Execute(SqliteLane lane)
    {
        SynchronizationContext.SetSynchronizationContext(context);
        try
        {
            step(state);
        }
        catch (Exception error)
        {
            context.Lose(error);
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(null);
        }
    }

    public override void Finish()
    {
    }

    public override void Fail(Exception error) => context.Lose(error);
}
