using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Millpond.Providers;
using Millpond.Supply;
using Xunit;

#pragma warning disable MILLSEAM // a provider of the test's own

namespace Millpond.Tests.Supply;

/// <summary>A supply of connections to a database far away, in virtual time.</summary>
public abstract class SupplyTestBase : IAsyncLifetime
{
    private protected SupplyTestBase()
    {
        Availability = new Availability(Source, "bank", Time, NullLogger.Instance);
        Supply = new ConnectionSupply(Source, Availability, new SupplySettings
        {
            EngineName = "bank",
            OpenTimeout = TimeSpan.FromSeconds(15),
            HasSucceededSince = _ => StatementSucceeded,
            Refused = static error => error,
            Time = Time,
            Logger = NullLogger.Instance,
        });
    }

    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    protected FakeTimeProvider Time { get; } = new();

    private protected RemoteSource Source { get; } = new();

    private protected Availability Availability { get; }

    private protected ConnectionSupply Supply { get; }

    /// <summary>Gets or sets whether a session's statement has succeeded lately.</summary>
    protected bool StatementSucceeded { get; set; }

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await Availability.DisposeAsync();
        await Supply.DisposeAsync();
    }

    private protected FarConnection NewConnection() => new(Time);

    private protected Task<ProviderConnection> RentAsync() => RentUntilAsync(CancellationToken.None);

    private protected Task<ProviderConnection> RentUntilAsync(CancellationToken patience) =>
        Supply.TryRent(out var idle) ? Task.FromResult(idle) : Supply.RentAsync(isGrowth: false, patience).AsTask();

    private protected Task<ProviderConnection> GrowAsync() =>
        Supply.TryRent(out var idle)
            ? Task.FromResult(idle)
            : Supply.RentAsync(isGrowth: true, CancellationToken.None).AsTask();

    /// <summary>Waits for something that happens on other threads, without time.</summary>
    protected static async Task UntilAsync(Func<bool> happened)
    {
        for (var i = 0; !happened(); i++)
        {
            Assert.True(i < 5_000, "It did not happen.");
            await Task.Delay(1, Token);
        }
    }

    /// <summary>Lets time pass in steps until something has happened.</summary>
    protected async Task<TimeSpan> PassUntilAsync(Func<bool> happened)
    {
        var began = Time.GetTimestamp();
        for (var i = 0; !happened(); i++)
        {
            Assert.True(i < 2_000, "It did not happen.");
            Time.Advance(TimeSpan.FromMilliseconds(10));
            await Task.Delay(1, Token);
        }

        return Time.GetElapsedTime(began);
    }
}
