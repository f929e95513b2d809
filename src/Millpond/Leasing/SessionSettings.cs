namespace Millpond.Leasing;

/// <summary>The engine's options for its sessions.</summary>
internal sealed class SessionSettings
{
    public required TimeSpan PoolTimeout { get; init; }

    public required TimeSpan CleanupTimeout { get; init; }

    public required TimeSpan HookTimeout { get; init; }

    public required bool CaptureStacks { get; init; }
}
