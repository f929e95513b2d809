using System.Diagnostics;
using System.Net.Sockets;
using Millpond.IntegrationTests.Servers;
using Npgsql;
using Xunit;

namespace Millpond.IntegrationTests.Faults;

/// <summary>The proxy itself, with the plain driver in front of it and a real server behind it.</summary>
[Trait("Needs", "PostgreSQL")]
public sealed class FaultProxyTests : IAsyncLifetime
{
    private FaultProxy _proxy = null!;
    private string _url = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        var server = await PostgresServer.GetAsync();
        _proxy = FaultProxy.Start(server.AdminUrl);
        _url = _proxy.GetUrl(server.AdminUrl);
    }

    public ValueTask DisposeAsync() => _proxy.DisposeAsync();

    [Fact]
    public async Task The_proxy_forwards_everything_and_counts_round_trips_except_the_opening()
    {
        await using (var warm = await OpenAsync())
        {
            await ExecuteAsync(warm, "select 1");   // the driver has read the types by now
        }

        NpgsqlConnection connection = null!;
        Assert.Equal(0, await _proxy.CountRoundTripsAsync(async () => connection = await OpenAsync()));
        await using var opened = connection;
        Assert.Equal(1, await _proxy.CountRoundTripsAsync(() => ExecuteAsync(connection, "select 1")));
        Assert.Equal(1, await _proxy.CountRoundTripsAsync(() => ExecuteAsync(connection, "select 1; select 2; select 3")));
        Assert.Equal(2, await _proxy.CountRoundTripsAsync(async () =>
        {
            await using var transaction = await connection.BeginTransactionAsync(Token);
            await ExecuteAsync(connection, "select 1");   // with BEGIN in front of it
            await transaction.CommitAsync(Token);
        }));
        Assert.Equal(1, await _proxy.CountRoundTripsAsync(
            () => ExecuteAsync(connection, $"select repeat('{new string('x', 200_000)}', 10)")));
        Assert.Equal(1, await _proxy.CountRoundTripsAsync(
            () => ExecuteAsync(connection, "do $$ begin raise notice 'unasked'; end $$")));
        Assert.Equal(0, await _proxy.CountRoundTripsAsync(() => connection.CloseAsync()));
        Assert.Equal(2, _proxy.Connections);
    }

    [Fact]
    public async Task The_proxy_records_the_messages_of_both_sides_in_order()
    {
        await using var connection = await OpenAsync();
        var messages = await _proxy.RecordAsync(() => ExecuteAsync(connection, "select 1"));
        Assert.Equal("PBDES12TDCZ", string.Concat(messages.Select(static message => message.Type)));
        Assert.Equal("PBDES", string.Concat(messages.Where(static m => m.From == WireSide.Client).Select(static m => m.Type)));
    }

    [Theory]
    [InlineData(FaultKind.Reset, typeof(SocketException))]
    [InlineData(FaultKind.Close, typeof(EndOfStreamException))]
    [InlineData(FaultKind.HalfCloseToClient, typeof(EndOfStreamException))]
    public async Task A_cut_occurs_exactly_where_it_was_armed(FaultKind kind, Type cause)
    {
        await using var connection = await OpenAsync();
        await ExecuteAsync(connection, "create temp table t (i int)");
        var fault = _proxy.Arm(new FaultPoint(kind, WireSide.Server, 2) { Type = 'C' });
        await ExecuteAsync(connection, "insert into t values (1)");   // its answer is the first 'C'
        Assert.False(fault.HasOccurred);
        var error = await Assert.ThrowsAsync<NpgsqlException>(() => ExecuteAsync(connection, "insert into t values (2)"));
        Assert.Equal(cause, error.GetBaseException().GetType());
        Assert.Equal((WireSide.Server, 'C'), await fault.Occurred is var at ? (at.From, at.Type) : default);
        await using var another = await OpenAsync();
        await ExecuteAsync(another, "select 1");   // it struck once
    }

    [Theory]
    [InlineData(false, 0)]
    [InlineData(true, 1)]
    public async Task A_message_cut_before_it_never_arrives_and_one_cut_after_it_does(bool after, long rows)
    {
        await using var observer = await OpenAsync();
        var table = "cut_" + Guid.NewGuid().ToString("N");
        await ExecuteAsync(observer, $"create table {table} (i int)");
        await using var connection = await OpenAsync();
        _proxy.Arm(new FaultPoint(FaultKind.Close, WireSide.Client, 1) { Type = 'S', After = after });
        await Assert.ThrowsAsync<NpgsqlException>(() => ExecuteAsync(connection, $"insert into {table} values (1)"));
        await UntilAsync(() => _proxy.OpenConnections == 1);
        await using var count = new NpgsqlCommand($"select count(*) from {table}", observer);
        await UntilAsync(async () => (long)(await count.ExecuteScalarAsync(Token))! == rows);
        await ExecuteAsync(observer, $"drop table {table}");
    }

    [Fact]
    public async Task A_black_hole_drops_both_directions_silently_until_it_is_healed()
    {
        await using var connection = await OpenAsync("Command Timeout=1;Timeout=1");
        _proxy.DropEverything();
        var error = await Assert.ThrowsAsync<NpgsqlException>(() => ExecuteAsync(connection, "select 1"));
        Assert.IsType<TimeoutException>(error.InnerException);
        Assert.True(_proxy.OpenConnections > 0);   // the server has not been told
        _proxy.Heal();
        await UntilAsync(() => _proxy.OpenConnections == 0);
        await using var another = await OpenAsync();
        await ExecuteAsync(another, "select 1");
    }

    [Fact]
    public async Task A_half_close_towards_the_server_ends_its_session()
    {
        await using var connection = await OpenAsync();
        _proxy.ApplyToAll(FaultKind.HalfCloseToServer);
        await Assert.ThrowsAsync<NpgsqlException>(() => ExecuteAsync(connection, "select 1"));
        await UntilAsync(() => _proxy.OpenConnections == 0);
    }

    [Fact]
    public async Task Refused_connections_are_refused_by_the_system_and_accepted_after_healing()
    {
        await using var connection = await OpenAsync();
        for (var round = 0; round < 3; round++)
        {
            await _proxy.RefuseAsync();
            var error = await Assert.ThrowsAsync<NpgsqlException>(() => OpenAsync());
            Assert.Equal(SocketError.ConnectionRefused, Assert.IsType<SocketException>(error.GetBaseException()).SocketErrorCode);
            await ExecuteAsync(connection, "select 1");   // what is open goes on
            _proxy.Heal();
            await using var another = await OpenAsync();
        }
    }

    [Fact]
    public async Task Cancellation_requests_are_counted_separately_and_work()
    {
        await using var observer = await OpenAsync();
        await using var connection = await OpenAsync();
        await using var sleeps = new NpgsqlCommand(
            $"select count(*) from pg_stat_activity where pid = {connection.ProcessID} and wait_event = 'PgSleep'", observer);
        using var patience = new CancellationTokenSource();
        await using var command = new NpgsqlCommand("select pg_sleep(60)", connection);
        var sleeping = command.ExecuteNonQueryAsync(patience.Token);
        await UntilAsync(async () => (long)(await sleeps.ExecuteScalarAsync(Token))! == 1);
        var messages = await _proxy.RecordAsync(async () =>
        {
            await patience.CancelAsync();
            var error = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sleeping);
            Assert.IsType<PostgresException>(error.InnerException);   // the server's own answer
        });
        Assert.Equal((3, 1), (_proxy.Connections, _proxy.Cancels));
        Assert.Contains(messages, static message => message.Type == WireMessage.Cancel);
    }

    [Fact]
    public async Task A_delay_applies_to_each_direction()
    {
        await using var connection = await OpenAsync();
        var clock = Stopwatch.StartNew();
        _proxy.Delay(TimeSpan.FromMilliseconds(60), TimeSpan.FromMilliseconds(40));
        await ExecuteAsync(connection, "select 1");
        Assert.True(clock.Elapsed >= TimeSpan.FromMilliseconds(95), $"It took {clock.Elapsed}.");
    }

    [Fact]
    public async Task Disposal_closes_everything()
    {
        await using var connection = await OpenAsync();
        await _proxy.DisposeAsync();
        await Assert.ThrowsAsync<NpgsqlException>(() => ExecuteAsync(connection, "select 1"));
        await Assert.ThrowsAsync<NpgsqlException>(() => OpenAsync());
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(Token);
    }

    private static Task UntilAsync(Func<bool> happened) => UntilAsync(() => Task.FromResult(happened()));

    private static async Task UntilAsync(Func<Task<bool>> happened)
    {
        var clock = Stopwatch.StartNew();
        while (!await happened())
        {
            Assert.True(clock.Elapsed < TimeSpan.FromSeconds(30), "It did not happen within 30 s.");
            await Task.Delay(5, Token);
        }
    }

    private async Task<NpgsqlConnection> OpenAsync(string more = "")
    {
        var connection = new NpgsqlConnection($"{PostgresUrl.ToConnectionString(_url)};Ssl Mode=Disable;Pooling=false;{more}");
        await connection.OpenAsync(Token);
        return connection;
    }
}
