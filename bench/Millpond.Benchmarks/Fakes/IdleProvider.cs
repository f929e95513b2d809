using Millpond.Providers;

namespace Millpond.Benchmarks.Fakes;

/// <summary>A provider whose driver does nothing, synchronously and without allocating.</summary>
internal sealed class IdleProvider : DatabaseProvider
{
    public override string Name => "Idle";

    public override IReadOnlyList<string> Schemes { get; } = ["idle"];

    public override string ReadUrl(ConnectionUrl url, ICollection<string> faults) => "idle";

    public override void Check(string connectionString, ICollection<string> faults)
    {
    }

    public override ConnectionSource CreateSource(SourceSettings settings) => new IdleSource();

    public override SessionConnection CreateFacade(SessionHandle seat) => new IdleFacade(seat);

    private sealed class IdleFacade(SessionHandle seat) : SessionConnection(seat);
}
