using Millpond.IntegrationTests.Servers;
using Xunit;

namespace Millpond.IntegrationTests.Sessions;

/// <summary>Notifications that an engine listens for.</summary>
[Trait("Needs", "PostgreSQL")]
public sealed class PostgreSqlListenTests : SessionTestBase
{
    [Fact]
    public async Task F06_A_listener_receives_the_notifications_of_its_channel_and_takes_no_permit()
    {
        await using var heard = Engine.ListenAsync("Or\"ders", Token).GetAsyncEnumerator(Token);
        Assert.True(await heard.MoveNextAsync());
        Assert.Equal(("Or\"ders", null), (heard.Current.Channel, heard.Current.Payload));
        Assert.Equal(0, Engine.GetSnapshot().InUse);
        await Engine.RunAsync(
            static (session, token) => ExecuteAsync(
                session, "notify \"Or\"\"ders\", '1'; notify orders, 'no'; select pg_notify('Or\"ders', '2')", token),
            cancellationToken: Token);
        foreach (var payload in (string[])["1", "2"])
        {
            Assert.True(await heard.MoveNextAsync());
            Assert.Equal(payload, heard.Current.Payload);
            Assert.NotEqual(0, heard.Current.ProcessId);
        }
    }

    [Fact]
    public void F06_A_channel_name_that_PostgreSQL_cannot_read_is_rejected() =>
        Assert.Throws<ArgumentException>(() => Engine.ListenAsync("orders\0", Token));

    [Fact]
    public async Task F06_A_listener_survives_a_lost_connection_and_reports_the_gap()
    {
        await using var heard = Engine.ListenAsync("orders", Token).GetAsyncEnumerator(Token);
        Assert.True(await heard.MoveNextAsync());
        await Engine.RunAsync(
            static (session, token) => ScalarAsync<long>(
                session,
                "select count(pg_terminate_backend(pid)) from pg_stat_activity " +
                "where datname = current_database() and query like 'LISTEN%'",
                token),
            cancellationToken: Token);
        Assert.True(await heard.MoveNextAsync());
        Assert.Null(heard.Current.Payload);
        await Engine.RunAsync(
            static (session, token) => ExecuteAsync(session, "notify orders, 'again'", token), cancellationToken: Token);
        Assert.True(await heard.MoveNextAsync());
        Assert.Equal("again", heard.Current.Payload);
    }

    [Fact]
    public async Task F06_A_listener_ends_with_its_token_and_with_the_engine()
    {
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(Token);
        await using var heard = Engine.ListenAsync("orders", enough.Token).GetAsyncEnumerator(Token);
        Assert.True(await heard.MoveNextAsync());
        var next = heard.MoveNextAsync().AsTask();
        await enough.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => next);

        await using var engine = CreateEngine();
        await using var other = engine.ListenAsync("orders", Token).GetAsyncEnumerator(Token);
        Assert.True(await other.MoveNextAsync());
        next = other.MoveNextAsync().AsTask();
        await engine.DisposeAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => next);
    }

    [Fact]
    [Trait("Needs", "Programs")]
    public async Task S21_Behind_a_pooler_in_transaction_mode_a_listener_is_rejected()
    {
        var url = (await PgBouncer.InTransactionModeAsync()).Before(Database.Url);
        await using var engine = DbEngine.Create(options => options.UsePostgreSql(url));
        await using var heard = engine.ListenAsync("orders", Token).GetAsyncEnumerator(Token);
        var error = await Assert.ThrowsAsync<NotSupportedException>(() => heard.MoveNextAsync().AsTask());
        Assert.StartsWith("LISTEN on 'orders' cannot work through a pooler in transaction mode", error.Message, default);
    }

    [Fact]
    public async Task F06_SQLite_does_not_support_listeners()
    {
        await using var engine = DbEngine.Create(static options => options.UseSqlite("sqlite::memory:"));
        Assert.Throws<InvalidOperationException>(() => engine.ListenAsync("orders", Token));
    }

    protected override Task<ScratchDatabase> CreateDatabaseAsync() => RecycledAsync();
}
