namespace Millpond.Overload.Peers;

/// <summary>Raises the CPU share of the generator, so that it keeps its schedule on shared cores. On Linux each process session
/// has its own share; the services have sessions of their own.</summary>
internal static class OwnShare
{
    private const string File = "/proc/self/autogroup";
    private const string Priority = "-10";

    /// <summary>Returns false if the kernel does not group processes, or the user is not root.</summary>
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
