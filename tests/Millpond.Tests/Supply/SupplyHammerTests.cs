using System.Collections.Concurrent;
using System.Data.Common;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using Millpond.Providers;
using Millpond.Supply;
using Millpond.Tests.Sessions;
using Xunit;

#pragma warning disable MILLSEAM // a provider of the test's own

namespace Millpond.Tests.Supply;

/// <summary>Many callers on many threads at once.</summary>
public sealed class SupplyHammerTests
{
    private const int Callers = 16;
    private const int Turns = 2_000;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(0)]
    [InlineData(50)]
    public async Task G10_Every_caller_is_served_and_no_connection_is_shared(int oneInLost)
    {
        await using var source = new CrowdedSource();
        await using var availability = new Availability(source, "bank", TimeProvider.System, NullLogger.Instance);
        await using var supply = new ConnectionSupply(source, availability, new SupplySettings
        {
            EngineName = "bank",
            OpenTimeout = TimeSpan.FromSeconds(15),
            HasSucceededSince = static _ => true,
            Refused = static error => error,
            Time = TimeProvider.System,
            Logger = NullLogger.Instance,
        });

        await Task.WhenAll(Enumerable.Range(0, Callers).Select(seed => Task.Run(() => CallAsync(new Random(seed)), Token)))
            .WaitAsync(TimeSpan.FromSeconds(60), Token);

        Assert.InRange(source.Opened, 1, oneInLost == 0 ? Callers + 4 : int.MaxValue);   // and no opening for nothing
        var left = Enumerable.Range(0, Callers).TakeWhile(_ => supply.TryRent(out var idle) && idle is not null).Count();
        Assert.InRange(left, oneInLost == 0 ? 1 : 0, Callers);   // after a loss those that are left are pinged first

        async Task CallAsync(Random random)
        {
            for (var turn = 0; turn < Turns; turn++)
            {
                using var patience = new CancellationTokenSource();
                var renting = supply.TryRent(out var idle) ? new(idle) : supply.RentAsync(isGrowth: false, patience.Token);
                if (random.Next(20) == 0)
                {
                    await patience.CancelAsync();
                }

                CrowdedConnection connection;
                try
                {
                    connection = (CrowdedConnection)await renting;
                }
                catch (OperationCanceledException)
                {
                    continue;
                }

                Assert.Equal(1, Interlocked.Increment(ref connection.Users));
                await Task.Yield();
                connection.IsLost = oneInLost > 0 && random.Next(oneInLost) == 0;
                Interlocked.Decrement(ref connection.Users);
                await supply.ReturnAsync(connection);
                if (connection.IsLost)
                {
                    supply.NoteLost();
                }
            }
        }
    }

    private sealed class CrowdedConnection() : FakeConnection(new FakeProvider())
    {
        public int Users;

        public bool IsLost { get; set; }

        public override bool IsReusable => !IsLost;
    }

    private sealed class CrowdedSource : ConnectionSource
    {
        private readonly ConcurrentStack<ProviderConnection> _idle = new();
        private int _opened;

        public int Opened => _opened;

        public override DatabaseDialect Dialect { get; } = new FakeDialect(new FakeProvider());

        public override DbProviderFactory Factory => SqliteFactory.Instance;

        public override string PublicConnectionString => "far";

        public override string Server => "far:1/db";

        public override string Database => "db";

        public override bool IsRemote => true;

        public override ValueTask<ProviderConnection> RentAsync(CancellationToken cancellationToken) =>
            _idle.TryPop(out var idle) ? new(idle) : new(OpenAsync());

        public override ValueTask ReturnAsync(ProviderConnection connection)
        {
            if (connection.IsReusable)
            {
                _idle.Push(connection);
            }

            return ValueTask.CompletedTask;
        }

        public override Task ProbeAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public override ValueTask DisposeAsync() => ValueTask.CompletedTask;

        private async Task<ProviderConnection> OpenAsync()
        {
            Interlocked.Increment(ref _opened);
            await Task.Yield();
            return new CrowdedConnection();
        }
    }
}
