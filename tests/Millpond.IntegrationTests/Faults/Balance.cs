namespace Millpond.IntegrationTests.Faults;

public sealed class Balance
{
    public int Id { get; set; }

    public long Amount { get; set; }
}
