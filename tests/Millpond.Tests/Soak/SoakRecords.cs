using Millpond.Soak.Load;
using Millpond.Soak.Service;

namespace Millpond.Tests.Soak;

/// <summary>Requests as a run of the soak sees them.</summary>
internal static class SoakRecords
{
    public static RequestKind Kind { get; } = new() { Name = "transfer", Share = 1, Path = "/transfers", Moves = true };

    /// <summary>A kind whose endpoint always throws, after it has moved the money.</summary>
    public static RequestKind Failing { get; } = Kind with { Name = "failing", Status = 500 };

    public static Transfer Transfer { get; } = new(new Guid("c0ffee00-0000-0000-0000-000000000001"), 1, 2, 10);

    public static RequestRecord Of(
        EndKind end, bool isRefusal = false, RequestKind? kind = null, Transfer? transfer = null, double seconds = 0.1) =>
        new(
            kind ?? Kind,
            TimeSpan.FromSeconds(1),
            TimeSpan.FromSeconds(1 + seconds),
            isRefusal ? new RequestEnding("an end", end) { IsRefusal = true } : new RequestEnding("an end", end),
            transfer ?? Transfer);
}
