using Millpond.Providers;
using Xunit;

#pragma warning disable MILLSEAM // a provider of the test's own

namespace Millpond.Tests.Sessions;

/// <summary>Whatever a provider does at whichever step, nothing stays held.</summary>
public sealed class ProviderFaultTests
{
    private static readonly string[] Steps =
    [
        "Rent", "Begin", "Execute", "Read", "CloseReader", "Save", "RollbackTo", "Release", "Cancel", "Commit", "Rollback",
        "Return",
    ];

    private static readonly Func<Exception>[] Errors =
    [
        static () => new InvalidOperationException("a driver's mistake"),
        static () => new OperationCanceledException(),
        static () => new FakeDbException(),
    ];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string, int, bool, FailureKind> Faults()
    {
        var faults = new TheoryData<string, int, bool, FailureKind>();
        foreach (var step in Steps)
        {
            for (var error = 0; error < Errors.Length; error++)
            {
                faults.Add(step, error, true, FailureKind.Statement);
                faults.Add(step, error, false, FailureKind.Statement);
                faults.Add(step, error, false, FailureKind.Aborted);
                faults.Add(step, error, false, FailureKind.ConnectionLost);
            }
        }

        return faults;
    }

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task G06_A_provider_that_fails_at_any_step_leaks_nothing(
        string step, int error, bool atOnce, FailureKind kind)
    {
        var provider = new FakeProvider { Kind = kind };
        await using var engine = FakeProvider.CreateEngine(provider);
        var happened = 0;
        provider.At = now => now != step ? Task.CompletedTask : Fail();
        foreach (var work in Works())
        {
            Assert.NotNull(await Record.ExceptionAsync(async () =>
            {
                await engine.RunAsync(work, cancellationToken: Token);
                throw new InvalidTimeZoneException();   // some works do not come by that step
            }));
            await using var session = engine.OpenSession();
            await Record.ExceptionAsync(() => work(session, Token));
        }

        Assert.NotEqual(0, happened);   // the fault happened
        Assert.Equal((0, 0), (engine.GetSnapshot().InUse, engine.GetSnapshot().Holders.Count));
        Assert.Equal(0, provider.Rented);

        Task Fail()
        {
            happened++;
            return atOnce ? throw Errors[error]() : Task.FromException(Errors[error]());
        }
    }

    [Fact]
    public async Task G11_A_warm_up_that_fails_while_opening_or_returning_leaks_no_permit()
    {
        var provider = new FakeProvider();
        await using var engine = FakeProvider.CreateEngine(provider);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => engine.WarmUpAsync(new CancellationToken(true)));
        Assert.Equal(0, engine.GetSnapshot().InUse);

        var returns = 0;
        provider.At = step => step == "Return" && ++returns == 1
            ? Task.FromException(new InvalidOperationException("it does not close"))
            : Task.CompletedTask;
        await Assert.ThrowsAsync<InvalidOperationException>(() => engine.WarmUpAsync(Token));
        Assert.Equal((0, 0), (engine.GetSnapshot().InUse, provider.Rented));
    }

    [Fact]
    public async Task S10_A_reader_whose_closing_was_rejected_beside_its_own_step_stays_open()
    {
        var gate = new TaskCompletionSource();
        var provider = new FakeProvider { At = step => step == "Read" ? gate.Task : Task.CompletedTask };
        await using var engine = FakeProvider.CreateEngine(provider);
        await using var session = engine.OpenSession();
        await using var command = session.Connection.CreateCommand();
        command.CommandText = "select";
        var reader = await command.ExecuteReaderAsync(Token);
        var reading = reader.ReadAsync(Token);
        await Assert.ThrowsAsync<SessionConcurrencyException>(() => reader.DisposeAsync().AsTask());
        gate.SetResult();
        Assert.True(await reading);

        await Assert.ThrowsAsync<SessionConcurrencyException>(() => session.CommitAsync(Token));   // it is open indeed
        await reader.DisposeAsync();
        await session.CommitAsync(Token);
    }

    [Fact]
    public async Task S07_A_connection_lost_while_the_transaction_begins_is_reported_as_unavailable()
    {
        var provider = new FakeProvider
        {
            Kind = FailureKind.ConnectionLost,
            At = static step => step == "Begin" ? Task.FromException(new FakeDbException()) : Task.CompletedTask,
        };
        await using var engine = FakeProvider.CreateEngine(provider);
        await Assert.ThrowsAsync<DatabaseUnavailableException>(() => engine.RunAsync(Insert, cancellationToken: Token));
        Assert.Equal(0, engine.GetSnapshot().InUse);
    }

    [Fact]
    public async Task S07_A_session_that_ends_while_it_waits_leaves_the_queue_immediately()
    {
        await using var engine = FakeProvider.CreateEngine(new FakeProvider(), static options => options.PoolSize = 1);
        await using var holder = engine.OpenSession();
        await Insert(holder, Token);
        var session = engine.OpenSession();
        var waiting = Insert(session, Token);
        Assert.Equal(1, engine.GetSnapshot().Waiting);
        await session.DisposeAsync();
        Assert.Equal(0, engine.GetSnapshot().Waiting);
        await Assert.ThrowsAsync<SessionEndedException>(() => waiting);
    }

    private static IEnumerable<Func<DbSession, CancellationToken, Task>> Works()
    {
        yield return Insert;
        yield return static async (session, token) =>
        {
            await using var command = session.Connection.CreateCommand();
            command.CommandText = "select";
            await using var reader = await command.ExecuteReaderAsync(token);
            await reader.ReadAsync(token);
        };
        yield return static async (session, token) =>
        {
            var command = session.Connection.CreateCommand();
            command.CommandText = "select";
            var reader = await command.ExecuteReaderAsync(token);   // left open
            await reader.ReadAsync(token);
            throw new InvalidTimeZoneException();
        };
        yield return static async (session, token) =>
        {
            var command = session.Connection.CreateCommand();
            command.CommandText = "select";
            using (await command.ExecuteReaderAsync(token))
            {
            }

            await Insert(session, token);
        };
        yield return static async (session, token) =>
        {
            await using (var kept = await session.BeginTransactionAsync(token))
            {
                await Insert(session, token);
                await kept.CommitAsync(token);
            }

            await using (await session.BeginTransactionAsync(token))
            {
                await Insert(session, token);
            }

            await session.CommitAsync(token);
            await Insert(session, token);
            await session.RollbackAsync(token);
        };
    }

    private static async Task Insert(DbSession session, CancellationToken token)
    {
        await using var command = session.Connection.CreateCommand();
        command.CommandText = "insert";
        await command.ExecuteNonQueryAsync(token);
    }
}
