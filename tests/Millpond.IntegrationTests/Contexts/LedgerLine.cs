namespace Millpond.IntegrationTests.Contexts;

public sealed class LedgerLine
{
    public int Id { get; set; }

    public required string Text { get; set; }
}
