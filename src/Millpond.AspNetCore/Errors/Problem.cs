namespace Millpond.AspNetCore.Errors;

/// <summary>What the client is told about an error.</summary>
internal readonly record struct Problem
{
    public required int Status { get; init; }

    /// <summary>Gets the error's code; null: the error is not Millpond's.</summary>
    public required string? Code { get; init; }

    public required string Detail { get; init; }

    /// <summary>Gets after how many seconds to try again; null: not at all.</summary>
    public int? RetryAfter { get; init; }

    /// <summary>Gets whether the request had committed work when it failed.</summary>
    public bool IsCommitted { get; init; }

    /// <summary>Gets what is known of a commit; null where there is no doubt.</summary>
    public string? Outcome { get; init; }
}
