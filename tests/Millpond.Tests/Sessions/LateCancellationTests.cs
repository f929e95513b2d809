using Microsoft.Data.Sqlite;
using Xunit;

namespace Millpond.Tests.Sessions;

/// <summary>Operations that are canceled at an awkward moment.</summary>
public sealed class LateCancellationTests : VirtualTimeTestBase
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    private readonly TaskCompletionSource _late = new();
    private string? _slow;

    public LateCancellationTests() => Provider.At = step => step == _slow ? _late.Task : Task.CompletedTask;

    [Fact]
    public async Task S07_Work_on_the_drivers_connection_sees_its_cancellation_immediately()
    {
        var engine = Engine(1, Limit);
        await using var session = engine.OpenSession();
        await RunAsync(session);   // the next operation finds a connection and its transaction
        using var caller = new CancellationTokenSource();
        var sees = false;

        await session.UseProviderConnectionAsync<SqliteConnection>(
            (_, token) =>
            {
                caller.Cancel();
                sees = token.IsCancellationRequested;   // work that does not await has no other chance
                return Task.CompletedTask;
            },
            caller.Token);

        Assert.True(sees);
    }

    [Fact]
    public async Task S07_An_operation_that_waited_for_a_clean_up_is_not_sent_after_its_caller_has_left()
    {
        var engine = Engine(1, Limit);
        await using var session = engine.OpenSession();
        await RunAsync(session);
        var transaction = await session.BeginTransactionAsync(Token);
        _slow = "RollbackTo";
        var cleanUp = transaction.DisposeAsync();
        using var caller = new CancellationTokenSource();
        var command = session.Connection.CreateCommand();
        command.CommandText = "select 1";
        var executed = false;
        var running = command.ExecuteNonQueryAsync(caller.Token);
        Provider.At = step =>
        {
            executed |= step == "Execute";
            return Task.CompletedTask;
        };

        await caller.CancelAsync();
        _late.SetResult();

        await cleanUp;
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        Assert.False(executed);
    }
}
