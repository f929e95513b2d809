using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using Microsoft.Data.Sqlite;
using Millpond.Providers;

#pragma warning disable MILLSEAM // a provider of the test's own

namespace Millpond.Tests.Sessions;

internal sealed class FakeSource(FakeProvider provider) : ConnectionSource
{
    public override DatabaseDialect Dialect { get; } = new FakeDialect(provider);

    public override DbProviderFactory Factory => SqliteFactory.Instance;

    public override string PublicConnectionString => "fake";

    public override string Server => "fake";

    public override string Database => "fake";

    public override bool IsRemote => provider.IsRemote;

    public override bool HasSingleWriter => provider.HasSingleWriter;

    public override bool TryRent([NotNullWhen(true)] out ProviderConnection? connection)
    {
        connection = null;
        if (provider.HasIdle())
        {
            provider.Count(1);
            connection = new FakeConnection(provider);
        }

        return connection is not null;
    }

    public override ValueTask<ProviderConnection> RentAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();   // out of the call itself, as a provider may
        return new(OpenAsync(provider.At("Rent"), cancellationToken));
    }

    public override ValueTask ReturnAsync(ProviderConnection connection)
    {
        provider.Count(-1);
        return new(provider.At("Return"));
    }

    public override async Task<CommitOutcome> ConfirmCommitAsync(
        object evidence, bool wrote, CancellationToken cancellationToken)
    {
        await provider.At("Confirm");
        return ReferenceEquals(evidence, provider.Evidence) ? provider.Answer : CommitOutcome.Unknown;
    }

    public override Task ProbeAsync(CancellationToken cancellationToken) => provider.At("Probe");

    public override async Task<ServerLimits?> ReadLimitsAsync(CancellationToken cancellationToken)
    {
        await provider.At("ReadLimits");
        return null;
    }

    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private async Task<ProviderConnection> OpenAsync(Task opening, CancellationToken cancellationToken)
    {
        await opening;
        await provider.OpenAsync(cancellationToken);
        provider.Count(1);
        return new FakeConnection(provider);
    }
}
