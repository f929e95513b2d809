using Millpond.Sqlite.Lanes;

namespace Millpond.Sqlite.Connections;

/// <summary>Brings what the work on the driver's connection awaits back to the connection's thread (F06).</summary>
internal sealed class LaneContext(SqliteLane lane, object target, CancellationToken cancellationToken) : SynchronizationContext
{
    private Exception? _lost;

    /// <summary>Gets the first error of a step that nothing awaits, as of an <c>async void</c>.</summary>
    public Exception? Lost => Volatile.Read(ref _lost);

    public override void Post(SendOrPostCallback d, object? state)
    {
        var step = new LaneWork<(LaneContext Self, SendOrPostCallback Step, object? State), bool>(
            static (at, _) => at.Self.Run(at.Step, at.State), (this, d, state))
        {
            Target = target,
            Token = cancellationToken,
            Interruptible = true,
            MustRun = true,   // a step left out would leave the work waiting for ever
        };
        if (!lane.TryPost(step))
        {
            base.Post(d, state);   // the connection is closed: the work must come to its end all the same
        }
    }

    public override void Send(SendOrPostCallback d, object? state)
    {
        if (!ReferenceEquals(Current, this))
        {
            throw new NotSupportedException("Send would block. Use Post.");
        }

        d(state);
    }

    public override SynchronizationContext CreateCopy() => this;

    private bool Run(SendOrPostCallback step, object? state)
    {
        SetSynchronizationContext(this);
        try
        {
            step(state);
        }
        catch (Exception error)
        {
            Interlocked.CompareExchange(ref _lost, error, null);
        }
        finally
        {
            SetSynchronizationContext(null);
        }

        return true;
    }
}
