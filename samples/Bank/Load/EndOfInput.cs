namespace Bank.Load;

/// <summary>
/// Stops the bank when its standard input ends. A load run starts its own server with this: it then stops in order on every
/// system, and also when the program that started it is killed.
/// </summary>
internal sealed class EndOfInput(IHostApplicationLifetime lifetime) : IHostedService
{
    /// <summary>The setting that turns it on.</summary>
    public const string Setting = "StopWithInput";

    public Task StartAsync(CancellationToken cancellationToken)
    {
        new Thread(Wait) { Name = "End of input", IsBackground = true }.Start();   // reading it blocks
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private void Wait()
    {
        using var input = Console.OpenStandardInput();
        var nothing = new byte[64];
        while (input.Read(nothing) > 0)
        {
        }

        lifetime.StopApplication();
    }
}
