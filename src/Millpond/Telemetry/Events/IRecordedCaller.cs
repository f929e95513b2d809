namespace Millpond.Telemetry.Events;

/// <summary>A caller of a gate that the black box can name.</summary>
internal interface IRecordedCaller
{
    long Id { get; }
}
