namespace Millpond.AspNetCore.Endpoints;

/// <summary>The metadata of an endpoint with <c>CommitWhen</c>.</summary>
internal sealed record CommitCondition(Func<int, bool> Commits);
