namespace Millpond.Overload.Runs;

/// <summary>What a request asks for.</summary>
/// <param name="Method">The method.</param>
/// <param name="Path">The path.</param>
internal sealed record Operation(HttpMethod Method, string Path)
{
    /// <summary>Gets the statement of 20 ms: what the pool can do is what the service can do.</summary>
    public static Operation Slow { get; } = new(HttpMethod.Get, "/slow");

    /// <summary>Gets the transfer: what the machine can do is what the service can do.</summary>
    public static Operation Transfer { get; } = new(HttpMethod.Post, "/transfer");
}
