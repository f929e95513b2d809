using Millpond.Tests.Sessions;

namespace Millpond.Tests.Supply;

/// <summary>A connection to a database far away, which may die while it is idle.</summary>
internal sealed class FarConnection(TimeProvider time) : FakeConnection(new FakeProvider())
{
    /// <summary>Gets or sets what a ping meets; default: an answer.</summary>
    public Task Answer { get; set; } = Task.CompletedTask;

    public int Pings { get; private set; }

    public bool IsAbandoned { get; private set; }

    public override bool IsReusable => !IsAbandoned && !Answer.IsFaulted;

    public override long? LastUsed => Used;

    /// <summary>Gets or sets when it was last used; null: it is new.</summary>
    public long? Used { get; set; }

    public void NoteReturn() => Used = time.GetTimestamp();

    public override Task PingAsync(CancellationToken cancellationToken)
    {
        Pings++;
        return Answer;
    }

    public override void Abandon(Task running) => IsAbandoned = true;
}
