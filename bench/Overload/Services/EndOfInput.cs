namespace Millpond.Overload.Services;

/// <summary>The end of a service: that of its standard input, which comes also when whoever started it is killed.</summary>
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
