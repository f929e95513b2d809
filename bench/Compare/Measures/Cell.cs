namespace Millpond.Compare.Measures;

/// <summary>A workload with a number of clients, warm or right after the start.</summary>
/// <param name="Workload">The workload.</param>
/// <param name="Clients">The number of concurrent clients.</param>
/// <param name="IsCold">Whether the service was just started.</param>
internal sealed record Cell(Workload Workload, int Clients, bool IsCold)
{
    public string Title => IsCold
        ? $"{Workload.Name}, {Clients} clients, the first seconds after the start"
        : $"{Workload.Name}, {Clients} client{(Clients == 1 ? "" : "s")}";
}
