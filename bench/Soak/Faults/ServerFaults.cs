namespace Millpond.Soak.Faults;

/// <summary>Faults of the server.</summary>
internal static class ServerFaults
{
    private const double SlowDown = 20;

    public static IReadOnlyList<Fault> All { get; } =
    [
        new("backend killed", 0, 0, static (scene, _, token) => scene.Database.KillAsync(1, token)),
        new("all backends killed", 0, 0, static (scene, _, token) => scene.Database.KillAsync(int.MaxValue, token)),
        new("server restarted", 0, 0, static (scene, _, _) => scene.Database.RestartAsync(TestServerStop.Fast)),
        new("server crashed", 0, 0, static (scene, _, _) => scene.Database.RestartAsync(TestServerStop.Immediate)),
        new("slow statement 20 x slower", 2_000, 5_000, SlowDownAsync),
    ];

    private static async Task SlowDownAsync(FaultScene scene, TimeSpan length, CancellationToken cancellationToken)
    {
        await scene.Database.SetPaceAsync(SlowDown, cancellationToken);
        await Task.Delay(length, cancellationToken);
        await scene.Database.SetPaceAsync(1, cancellationToken);
    }
}
