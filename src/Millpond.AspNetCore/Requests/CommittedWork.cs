namespace Millpond.AspNetCore.Requests;

/// <summary>A request feature that records that something was committed, so no response may invite a repetition
/// (S23).</summary>
internal sealed class CommittedWork;
