namespace Millpond.Compare.Services;

/// <summary>An account, as EF Core sees it.</summary>
internal sealed class Account
{
    public int Id { get; init; }

    public long Balance { get; set; }

    public long Moves { get; set; }
}
