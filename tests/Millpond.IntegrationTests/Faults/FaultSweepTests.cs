using Millpond.Connections;
using Millpond.Engine;
using Millpond.IntegrationTests.Servers;
using Millpond.Sessions;
using Npgsql;
using Xunit;
using static Millpond.IntegrationTests.Faults.FaultSweep;

namespace Millpond.IntegrationTests.Faults;

/// <summary>A transfer whose network fails at each of its messages, one after the other.</summary>
[Trait("Needs", "PostgreSQL")]
public sealed class FaultSweepTests : IClassFixture<ProxiedDatabase>, IAsyncLifetime
{
    private readonly ProxiedDatabase _database;
    private readonly DbEngine _engine;
    private readonly FaultSweep _sweep;

    public FaultSweepTests(ProxiedDatabase database)
    {
        _database = database;
        _engine = database.CreateEngine(
            static options =>
            {
                options.CleanupTimeout = TimeSpan.FromMilliseconds(500);
                options.PoolTimeout = TimeSpan.FromSeconds(5);
            },
            "&command timeout=1&cancellation timeout=200");
        _sweep = new FaultSweep(database, _engine, MakeAsync);
    }

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync()
    {
        _database.Proxy.Heal();
        return _engine.DisposeAsync();
    }

    [Theory]
    [InlineData(FaultKind.Reset)]
    [InlineData(FaultKind.Close)]
    public async Task S18_A_transfer_cut_at_any_message_is_made_wholly_or_not_at_all_and_its_caller_is_told_the_truth(FaultKind kind)
    {
        Assert.True(await _sweep.RunAsync(kind) > 40);   // four commands and a commit, both ways
    }

    [Fact]
    public async Task S18_A_cut_right_after_the_commit_was_sent_is_told_as_unknown_and_one_after_its_answer_as_done()
    {
        var messages = await _sweep.RecordAsync();
        var client = messages.Count(static message => message.From == WireSide.Client);
        var server = messages.Count(static message => message.From == WireSide.Server);
        foreach (var kind in new[] { FaultKind.Reset, FaultKind.Close })
        {
            await _sweep.CutAsync(new FaultPoint(kind, WireSide.Client, client) { After = true }, Told.Unknown);
        }

        var transfer = Transfer.New();
        _database.Proxy.Arm(new FaultPoint(FaultKind.Close, WireSide.Server, server) { After = true });
        Assert.Equal(Told.Done, await MakeAsync(transfer));
        Assert.True(await _database.WasMadeAsync(transfer, "cut after the answer"));
    }

    private async Task<Told> MakeAsync(Transfer transfer)
    {
        try
        {
            await _engine.RunAsync(transfer.MakeAsync, cancellationToken: TestContext.Current.CancellationToken);
            return Told.Done;
        }
        catch (DatabaseUnavailableException error)
        {
            AssertTellsWhere(error);
            return Told.Nothing;
        }
        catch (CommitOutcomeException error) when (error.Outcome == CommitOutcome.Unknown)
        {
            Assert.StartsWith("The connection was lost, or the time ran out, during the COMMIT of MakeAsync (", error.Message,
                StringComparison.Ordinal);
            AssertKeepsSecrets(error);
            return Told.Unknown;
        }
    }

    private void AssertTellsWhere(DatabaseUnavailableException error)
    {
        Assert.Contains($"127.0.0.1:{_database.Proxy.Port}/", error.Message, StringComparison.Ordinal);
        Assert.Contains($"127.0.0.1:{_database.Proxy.Port}/", error.Server, StringComparison.Ordinal);
        Assert.True(error.IsTransient);
        AssertKeepsSecrets(error);
    }

    private void AssertKeepsSecrets(Exception error)
    {
        var password = new NpgsqlConnectionStringBuilder(PostgresUrl.ToConnectionString(_database.Lead())).Password;
        if (password is { Length: > 0 })
        {
            Assert.DoesNotContain(password, error.ToString(), StringComparison.Ordinal);
        }
    }
}
