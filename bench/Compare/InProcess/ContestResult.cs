using Millpond.Compare.Measures;

namespace Millpond.Compare.InProcess;

/// <summary>What a contest showed.</summary>
/// <param name="Name">The contest's.</param>
/// <param name="Theirs">The peer's time for one, in microseconds.</param>
/// <param name="Time">Ours divided by that, with its spread over the rounds.</param>
/// <param name="Allocated">What one allocates on a session, in bytes.</param>
/// <param name="TheirAllocated">What it allocates by hand.</param>
internal sealed record ContestResult(string Name, double Theirs, Spread Time, double Allocated, double TheirAllocated);
