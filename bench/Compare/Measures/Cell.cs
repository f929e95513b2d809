namespace Millpond.Compare.Measures;

/// <summary>What is compared: a workload at a number of clients, warm or right after the start.</summary>
/// <param name="Workload">What is asked for.</param>
/// <param name="Clients">By how many at once.</param>
/// <param name="IsCold">Whether it is what follows the start.</param>
internal sealed record Cell(Workload Workload, int Clients, bool IsCold)
{
    public string Title => IsCold
        ? $"{Workload.Name}, {Clients} clients, the first seconds after the start"
        : $"{Workload.Name}, {Clients} client{(Clients == 1 ? "" : "s")}";
}
