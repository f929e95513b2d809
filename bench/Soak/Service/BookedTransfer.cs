namespace Millpond.Soak.Service;

/// <summary>A transfer in the books, as EF Core sees it.</summary>
internal sealed class BookedTransfer
{
    public long Id { get; init; }

    public Guid Key { get; init; }

    public int Payer { get; init; }

    public int Payee { get; init; }

    public int Amount { get; init; }
}
