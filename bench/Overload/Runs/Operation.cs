namespace Millpond.Overload.Runs;

/// <summary>The request of a scenario.</summary>
/// <param name="Method">The method.</param>
/// <param name="Path">The path.</param>
internal sealed record Operation(HttpMethod Method, string Path)
{
    /// <summary>Gets the statement of 20 ms, for which the pool limits the service.</summary>
    public static Operation Slow { get; } = new(HttpMethod.Get, "/slow");

    /// <summary>Gets the transfer, for which the machine limits the service.</summary>
    public static Operation Transfer { get; } = new(HttpMethod.Post, "/transfer");
}
