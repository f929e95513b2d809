namespace Millpond.Telemetry;

/// <summary>The numbers of an engine that are collected as metrics.</summary>
internal readonly record struct EngineReading
{
    public required string Name { get; init; }

    public required int Permits { get; init; }

    public required int InUse { get; init; }

    public required int? Idle { get; init; }

    public required int Waiting { get; init; }

    public required bool HasWriter { get; init; }

    public required bool IsWriting { get; init; }

    public required long TimedOut { get; init; }

    public required long Retries { get; init; }

    public required long SynchronousCalls { get; init; }

    public required bool IsOverloaded { get; init; }

    public required bool IsAvailable { get; init; }

    public required EngineTelemetry Telemetry { get; init; }

    public required (int Waiting, int Running)? Jobs { get; init; }
}
