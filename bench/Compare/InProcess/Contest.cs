namespace Millpond.Compare.InProcess;

/// <summary>Two ways to do the same work, without HTTP.</summary>
/// <param name="Name">As the table shows it.</param>
/// <param name="Times">How often it is done in a slice.</param>
/// <param name="Ours">On a session.</param>
/// <param name="Theirs">By hand, on the driver.</param>
internal sealed record Contest(string Name, int Times, Func<Task> Ours, Func<Task> Theirs);
