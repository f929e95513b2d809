namespace Millpond.Compare.Measures;

/// <summary>A workload of the clients.</summary>
/// <param name="Name">The name in the tables.</param>
/// <param name="Path">The path of the endpoint; null: reads, with an insert every tenth time.</param>
/// <param name="Method">The HTTP method.</param>
internal sealed record Workload(string Name, string? Path, string Method)
{
    public static Workload Read { get; } = new("read", "/read", "GET");

    public static Workload Insert { get; } = new("insert", "/insert", "POST");

    public static Workload Transfer { get; } = new("transfer", "/transfer", "POST");

    public static Workload Mixed { get; } = new("mixed", null, "GET");

    public static IReadOnlyList<Workload> All { get; } = [Read, Insert, Transfer, Mixed];

    /// <summary>The script of the load generator.</summary>
    public string Script => Path is not null
        ? $"wrk.method = \"{Method}\""
        : """
          local n = 0
          request = function()
            n = n + 1
            if n % 10 == 0 then return wrk.format("POST", "/insert") end
            return wrk.format("GET", "/read")
          end
          """;
}
