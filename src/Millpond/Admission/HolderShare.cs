namespace Millpond.Admission;

/// <summary>What the sessions of one operation hold of a pool, at one instant.</summary>
internal readonly record struct HolderShare
{
    /// <summary>Gets the operation: <c>GET /reports</c>, or a method with its file and line.</summary>
    public string Operation { get; init; }

    /// <summary>Gets how many permits its sessions hold.</summary>
    public int Count { get; init; }

    /// <summary>Gets the sum of the times for which they have held them: the operation's cost.</summary>
    public TimeSpan PoolTime { get; init; }

    /// <summary>Gets how long the first of them has held its permit.</summary>
    public TimeSpan Longest { get; init; }

    /// <summary>Gets for how much of <see cref="PoolTime"/> no command ran.</summary>
    /// <value>0 to 1. Near 1, the sessions were held while their code did something else.</value>
    public double IdleShare { get; init; }

    /// <summary>Gets the current or last command of the first one, without parameter values.</summary>
    public string? LastCommand { get; init; }
}
