namespace Millpond.AspNetCore.Requests;

/// <summary>A request's feature that says that something of it was committed, so that no answer may ask the client to repeat it
/// (S23).</summary>
internal sealed class CommittedWork;
