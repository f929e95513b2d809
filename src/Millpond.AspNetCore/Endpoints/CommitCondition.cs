namespace Millpond.AspNetCore.Endpoints;

/// <summary>What <c>CommitWhen</c> leaves on an endpoint.</summary>
internal sealed record CommitCondition(Func<int, bool> Commits);
