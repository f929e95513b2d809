namespace Millpond.Tests.Admission.Simulation;

/// <summary>What became of one client of a simulation; times in seconds since its beginning.</summary>
internal sealed class Visit
{
    public required double Came { get; init; }

    public required bool OfBurst { get; init; }

    /// <summary>Gets or sets when it was answered; infinity: it was not yet, when the simulation ended.</summary>
    public double Left { get; set; } = double.PositiveInfinity;

    /// <summary>Gets or sets whether it got a permit and was done, rather than turned away.</summary>
    public bool Served { get; set; }

    /// <summary>Gets or sets how long it waited for its permit.</summary>
    public double Waited { get; set; }

    public double Took => Left - Came;
}
