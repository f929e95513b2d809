using Millpond.Providers;

namespace Millpond.Testing.Sandboxes;

/// <summary>The provider of an engine that uses only the sandbox's connection.</summary>
internal sealed class SandboxProvider(SandboxSource source) : DatabaseProvider
{
    public override string Name => source.Dialect.Name;

    public override IReadOnlyList<string> Schemes { get; } = ["sandbox"];

    public override string ReadUrl(ConnectionUrl url, ICollection<string> faults) => "";

    public override void Check(string connectionString, ICollection<string> faults)
    {
    }

    public override ConnectionSource CreateSource(SourceSettings settings) => source;

    public override SessionConnection CreateFacade(SessionHandle handle) => new NpgsqlConnection(handle);
}
