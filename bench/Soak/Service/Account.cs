namespace Millpond.Soak.Service;

/// <summary>An account.</summary>
internal sealed class Account
{
    public int Id { get; init; }

    public long Balance { get; set; }
}
