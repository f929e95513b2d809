namespace Millpond.AspNetCore.LivePage;

/// <summary>Marks the endpoints of a live page that anyone may read.</summary>
internal sealed class UnauthenticatedAccess;
