namespace Millpond.Leasing;

/// <summary>What the engine's options say about its sessions.</summary>
internal sealed class SessionSettings
{
    public required TimeSpan PoolTimeout { get; init; }

    public required TimeSpan CleanupTimeout { get; init; }

    public required TimeSpan HookTimeout { get; init; }

    public required bool CaptureStacks { get; init; }
}
