using System.Numerics;

namespace Millpond.Telemetry;

/// <summary>Counts durations in buckets that grow by about 9 %, from 100 ns to 36 hours.</summary>
/// <remarks>Recording is lock-free and allocates nothing. Thread-safe.</remarks>
internal sealed class LatencyHistogram
{
    // Eight buckets per power of two.
    private const int Bits = 3;
    private const int Octaves = 40;

    private readonly long[] _counts = new long[(Octaves + 1) << Bits];
    private long _ticks;

    /// <summary>Gets the sum of all durations.</summary>
    public TimeSpan Total => new(Volatile.Read(ref _ticks));

    public void Record(TimeSpan duration)
    {
        var ticks = Math.Max(0, duration.Ticks);
        Interlocked.Increment(ref _counts[BucketOf(ticks)]);
        Interlocked.Add(ref _ticks, ticks);
    }

    /// <summary>Copies the counts.</summary>
    public long[] Copy()
    {
        var copy = new long[_counts.Length];
        CopyTo(copy);
        return copy;
    }

    /// <summary>Copies the counts into an array from <see cref="Copy"/>.</summary>
    public void CopyTo(long[] counts)
    {
        for (var i = 0; i < counts.Length; i++)
        {
            counts[i] = Volatile.Read(ref _counts[i]);
        }
    }

    /// <summary>Finds the duration that a share of the recorded ones did not exceed.</summary>
    /// <param name="now">The counts.</param>
    /// <param name="before">Earlier counts, to see only what was recorded since; null for all.</param>
    /// <param name="share">0 to 1.</param>
    /// <returns>The upper bound of its bucket; zero if nothing was recorded.</returns>
    public static TimeSpan Quantile(ReadOnlySpan<long> now, ReadOnlySpan<long> before, double share)
    {
        var total = Count(now, before);
        if (total == 0)
        {
            return TimeSpan.Zero;
        }

        var rank = Math.Max(1, (long)Math.Ceiling(total * share));
        for (var i = 0; i < now.Length; i++)
        {
            rank -= now[i] - (before.IsEmpty ? 0 : before[i]);
            if (rank <= 0)
            {
                return new TimeSpan(UpperBound(i));
            }
        }

        return new TimeSpan(UpperBound(now.Length - 1));
    }

    public static long Count(ReadOnlySpan<long> now, ReadOnlySpan<long> before)
    {
        var total = 0L;
        for (var i = 0; i < now.Length; i++)
        {
            total += now[i] - (before.IsEmpty ? 0 : before[i]);
        }

        return total;
    }

    private static int BucketOf(long ticks)
    {
        if (ticks < 1 << Bits)
        {
            return (int)ticks;
        }

        var octave = BitOperations.Log2((ulong)ticks);
        var bucket = ((octave - Bits + 1) << Bits) + (int)((ticks >> (octave - Bits)) & ((1 << Bits) - 1));
        return Math.Min(bucket, ((Octaves + 1) << Bits) - 1);
    }

    private static long UpperBound(int bucket)
    {
        if (bucket < 1 << Bits)
        {
            return bucket;
        }

        var shift = (bucket >> Bits) - 1;
        return ((((1L << Bits) + (bucket & ((1 << Bits) - 1)) + 1) << shift)) - 1;
    }
}
