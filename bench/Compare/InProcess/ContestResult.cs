using Millpond.Compare.Measures;

namespace Millpond.Compare.InProcess;

/// <summary>The result of a contest.</summary>
/// <param name="Name">The name of the contest.</param>
/// <param name="Theirs">The driver's time per execution, in microseconds.</param>
/// <param name="Time">Millpond's time divided by the driver's, with its spread over the rounds.</param>
/// <param name="Allocated">Bytes allocated per execution on a session.</param>
/// <param name="TheirAllocated">Bytes allocated per execution on the driver.</param>
internal sealed record ContestResult(string Name, double Theirs, Spread Time, double Allocated, double TheirAllocated);
