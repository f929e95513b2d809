namespace Millpond.Cli.Doctor;

/// <summary>What a check found.</summary>
internal enum CheckState
{
    Ok,

    /// <summary>Something works differently than on a plain server.</summary>
    Note,

    /// <summary>Something has to be changed.</summary>
    Problem,
}
