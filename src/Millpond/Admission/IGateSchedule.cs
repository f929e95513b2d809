namespace Millpond.Admission;

/// <summary>Decides in which order threads take their steps inside a gate; see <see cref="GateSteps"/>.</summary>
internal interface IGateSchedule
{
    void BeforeWord();

    void BeforeLock();

    void AfterLock();
}
