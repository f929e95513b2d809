namespace Millpond.IntegrationTests.Adoption;

/// <summary>A scoped service that says whose request it is.</summary>
internal sealed class SignedInUser
{
    public string? Name { get; set; }
}
