namespace Bank.Load;

/// <summary>Stops the bank when its standard input ends. A load run starts its own server with this setting, so that it shuts
/// down gracefully on every system, even if the parent process is killed.</summary>
internal sealed class EndOfInput(IHostApplicationLifetime lifetime) : IHostedService
{
    /// <summary>The setting that enables it.</summary>
    public const string Setting = "StopWithInput";

    public Task StartAsync(CancellationToken cancellationToken)
    {
        new Thread(Wait) { Name = "End of input", IsBackground = true }.Start();   // on its own thread, because reading blocks
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
