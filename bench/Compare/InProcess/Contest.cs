namespace Millpond.Compare.InProcess;

/// <summary>Two implementations of the same work, without HTTP.</summary>
/// <param name="Name">The name in the table.</param>
/// <param name="Times">The number of executions per slice.</param>
/// <param name="Ours">The implementation on a session.</param>
/// <param name="Theirs">The implementation on the driver.</param>
internal sealed record Contest(string Name, int Times, Func<Task> Ours, Func<Task> Theirs);
