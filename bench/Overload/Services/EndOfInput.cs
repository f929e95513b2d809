namespace Millpond.Overload.Services;

/// <summary>Ends a service when its standard input ends, which also happens if its parent process is killed.</summary>
internal static class EndOfInput
{
    public static void Stops(IHostApplicationLifetime lifetime) =>
        new Thread(() => Wait(lifetime)) { Name = "End of input", IsBackground = true }.Start();

    private static void Wait(IHostApplicationLifetime lifetime)
    {
        using var input = Console.OpenStandardInput();
        var nothing = new byte[64];
        while (input.Read(nothing) > 0)
        {
        }

        lifetime.StopApplication();
    }
}
