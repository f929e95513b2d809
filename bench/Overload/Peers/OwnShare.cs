namespace Millpond.Overload.Peers;

/// <summary>
/// Has the generator keep its schedule where all share the cores: on Linux each session of processes has a share of its own, and
/// this one's counts more. The services have sessions of their own, all alike.
/// </summary>
internal static class OwnShare
{
    private const string File = "/proc/self/autogroup";
    private const string Priority = "-10";

    /// <summary>Returns whether it could: the kernel must group so, and only root may.</summary>
    public static bool TryRaise()
    {
        try
        {
            System.IO.File.WriteAllText(File, Priority);
            return true;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
