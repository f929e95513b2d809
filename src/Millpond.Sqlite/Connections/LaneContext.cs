using Millpond.Sqlite.Lanes;

namespace Millpond.Sqlite.Connections;

/// <summary>Resumes the work on the driver's connection on the connection's thread after awaits (F06).</summary>
internal sealed class LaneContext(SqliteLane lane, object target, CancellationToken cancellationToken) : SynchronizationContext
{
    private Exception? _lost;

    /// <summary>Gets the first error of a step that nothing awaits, for example of an <c>async void</c> method.</summary>
    public Exception? Lost => Volatile.Read(ref _lost);

    public override void Post(SendOrPostCallback d, object? state)
    {
        var step = new LaneWork<(LaneContext Self, SendOrPostCallback Step, object? State), bool>(
            static (at, _) => at.Self.Run(at.Step, at.State), (this, d, state))
        {
            Target = target,
            Token = cancellationToken,
            Interruptible = true,
            MustRun = true,   // a skipped step would make the work wait forever
        };
        if (!lane.TryPost(step))
        {
            base.Post(d, state);   // the connection is closed, but the work must still complete
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
