
namespace Millpond.Soak.Faults;

/// <summary>Faults of the network between the service and the server.</summary>
internal static class NetworkFaults
{
    private static readonly TimeSpan BetweenLosses = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Delay = TimeSpan.FromMilliseconds(10);   // each way

    public static IReadOnlyList<Fault> All { get; } =
    [
        new("connections cut", 0, 0, static (scene, _, _) =>
        {
            scene.Network.ApplyToAll(FaultKind.Reset);
            return Task.CompletedTask;
        }),
        new("answers lost, ten a second", 1_000, 2_000, LoseAnswersAsync),
        new("network silent", 1_500, 5_000, static (scene, length, token) =>
        {
            scene.Network.DropEverything();
            return HealAfterAsync(scene, length, token);
        }),
        new("network refuses", 1_000, 4_000, static async (scene, length, token) =>
        {
            await scene.Network.RefuseAsync();
            scene.Network.ApplyToAll(FaultKind.Reset);
            await HealAfterAsync(scene, length, token);
        }),
        new("network slow, 20 ms a round trip", 2_000, 5_000, static (scene, length, token) =>
        {
            scene.Network.Delay(Delay, Delay);
            return HealAfterAsync(scene, length, token);
        }),
    ];

    /// <summary>Loses the server's answers to statements, including those to COMMIT.</summary>
    private static async Task LoseAnswersAsync(FaultScene scene, TimeSpan length, CancellationToken cancellationToken)
    {
        for (var left = length; left > TimeSpan.Zero; left -= BetweenLosses)
        {
            scene.Network.Arm(new FaultPoint(FaultKind.Reset, WireSide.Server, 1) { Type = 'C' });
            await Task.Delay(BetweenLosses, cancellationToken);
        }

        scene.Network.Heal();
    }

    private static async Task HealAfterAsync(FaultScene scene, TimeSpan length, CancellationToken cancellationToken)
    {
        await Task.Delay(length, cancellationToken);
        scene.Network.Heal();
    }
}
