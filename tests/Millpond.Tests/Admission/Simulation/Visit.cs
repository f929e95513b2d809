namespace Millpond.Tests.Admission.Simulation;

/// <summary>A client of a simulation; times in seconds since its beginning.</summary>
internal sealed class Visit
{
    public required double Came { get; init; }

    public required bool OfBurst { get; init; }

    /// <summary>Gets or sets when it got its response; infinity if the simulation ended before.</summary>
    public double Left { get; set; } = double.PositiveInfinity;

    /// <summary>Gets or sets whether it was served rather than rejected.</summary>
    public bool Served { get; set; }

    /// <summary>Gets or sets how long it waited for its permit.</summary>
    public double Waited { get; set; }

    public double Took => Left - Came;
}
