namespace Millpond.Hosting.Background;

/// <summary>A job's place in the queue, kept until its session is committed or rolled back: used once, either way.</summary>
internal sealed class JobSlot(JobQueue queue, BackgroundJob job)
{
    private int _used;

    /// <summary>Puts the job into its place; cannot fail.</summary>
    public void Fill()
    {
        if (Interlocked.Exchange(ref _used, 1) == 0)
        {
            queue.Fill(job);
        }
    }

    /// <summary>Gives the place up.</summary>
    public void Free()
    {
        if (Interlocked.Exchange(ref _used, 1) == 0)
        {
            queue.Free();
        }
    }
}
