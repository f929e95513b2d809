namespace Millpond.Compare.Services;

/// <summary>An entry, as EF Core sees it.</summary>
internal sealed class Entry
{
    public long Id { get; init; }

    public int Account { get; init; }

    public int Amount { get; init; }
}
