namespace Millpond.IntegrationTests.Libraries;

public sealed class AddUser
{
    public string Name { get; set; } = "";

    /// <summary>Gets or sets whether the endpoint refuses it after its insert.</summary>
    public bool Fails { get; set; }

    /// <summary>Gets or sets whether a constraint refuses it at the commit.</summary>
    public bool FailsAtCommit { get; set; }
}
