namespace Millpond.Load.Generation;

/// <summary>What a run does: arrivals by a schedule (open loop), or clients that wait for their answers (closed loop).</summary>
public sealed record LoadPlan
{
    /// <summary>Gets the arrivals a second of an open loop.</summary>
    /// <value>Above 0. Null for a closed loop.</value>
    public double? Rate { get; init; }

    /// <summary>Gets whether the arrivals of an open loop come as many users make them instead of at even intervals.</summary>
    public bool Poisson { get; init; }

    /// <summary>Gets the number of clients of a closed loop.</summary>
    /// <value>Above 0. Null for an open loop.</value>
    public int? Clients { get; init; }

    /// <summary>Gets how long a client of a closed loop pauses after an answer.</summary>
    public TimeSpan Think { get; init; }

    /// <summary>Gets how long requests are begun.</summary>
    /// <value>Null: until <see cref="Requests"/> are.</value>
    public TimeSpan? Duration { get; init; }

    /// <summary>Gets how many requests are due in all.</summary>
    /// <value>Null: as many as <see cref="Duration"/> brings.</value>
    public long? Requests { get; init; }

    /// <summary>Gets when a client gives a request up, from the time it was due.</summary>
    /// <value>Null: it does not.</value>
    public TimeSpan? Deadline { get; init; }

    /// <summary>Gets how many requests may be without an answer at once. Arrivals beyond are counted and not sent.</summary>
    public int MaxOutstanding { get; init; } = 10_000;

    /// <summary>Gets how long after the last arrival answers are awaited.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Gets what the random parts of a run begin with; the same seed makes the same arrivals.</summary>
    public int Seed { get; init; }

    /// <summary>Gets how many requests will be due, where that is known beforehand.</summary>
    public double? Expected => (Requests, Rate, Duration) switch
    {
        ({ } requests, _, null) => requests,
        ({ } requests, { } rate, { } duration) => Math.Min(requests, Math.Ceiling(rate * duration.TotalSeconds)),
        (_, { } rate, { } duration) => Math.Ceiling(rate * duration.TotalSeconds),
        _ => null,
    };

    /// <summary>Validates the plan.</summary>
    /// <exception cref="ArgumentException">The plan has neither a rate nor clients, or both, or no end.</exception>
    internal void Check()
    {
        if (Rate is null == Clients is null)
        {
            throw new ArgumentException("A plan has either a rate or clients.");
        }

        if (Duration is null && Requests is null)
        {
            throw new ArgumentException("A plan has an end: a duration, or a number of requests.");
        }
    }
}
