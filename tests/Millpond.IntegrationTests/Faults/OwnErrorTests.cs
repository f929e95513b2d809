using Millpond.IntegrationTests.Requests;
using Npgsql;
using NpgsqlTypes;
using Xunit;

namespace Millpond.IntegrationTests.Faults;

/// <summary>Errors of the caller's own that make the driver close its connection.</summary>
[Trait("Needs", "PostgreSQL")]
public sealed class OwnErrorTests(ProxiedDatabase database) : IClassFixture<ProxiedDatabase>, IAsyncLifetime
{
    private static readonly DbSessionOptions Retrying = new() { Retries = 3 };

    private DbEngine _engine = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Gets values that fail while the driver writes them, and the errors that callers expect.</summary>
    public static TheoryData<string> Values => [.. Makers.Keys];

    private static Dictionary<string, (Func<object> Make, NpgsqlDbType? Type, Type Error)> Makers { get; } = new()
    {
        ["a time with an offset"] = (
            static () => new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.FromHours(2)), null, typeof(ArgumentException)),
        ["a time of the wrong kind"] = (
            static () => new DateTime(2026, 1, 2, 3, 4, 5, DateTimeKind.Utc), NpgsqlDbType.Timestamp, typeof(ArgumentException)),
        ["a type that does not fit"] = (static () => "five", NpgsqlDbType.Integer, typeof(InvalidCastException)),
        ["a type that nobody knows"] = (static () => new Version(1, 2), null, typeof(InvalidCastException)),
        ["a stream that fails at once"] = (
            static () => new FailingStream(0), NpgsqlDbType.Bytea, typeof(IOException)),
        ["a stream that fails after a while"] = (
            static () => new FailingStream(200_000), NpgsqlDbType.Bytea, typeof(IOException)),
        ["a long list whose last value is bad"] = (
            static () => Enumerable.Range(0, 20_000).Select(static at => new DateTime(
                2026, 1, 1, 0, 0, 0, at == 19_999 ? DateTimeKind.Utc : DateTimeKind.Unspecified)).ToArray(),
            NpgsqlDbType.Array | NpgsqlDbType.Timestamp,
            typeof(ArgumentException)),
        ["a list of bad values"] = (
            static () => new[] { new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc) },
            NpgsqlDbType.Array | NpgsqlDbType.Timestamp,
            typeof(ArgumentException)),
    };

    public async ValueTask InitializeAsync()
    {
        _engine = database.CreateEngine();
        await Task.WhenAll(HoldAsync(), HoldAsync());   // both connections are open

        Task HoldAsync() => _engine.RunAsync(
            static (session, token) => session.RunAsync("select pg_sleep(0.1)", token), cancellationToken: Token);
    }

    public ValueTask DisposeAsync() => _engine.DisposeAsync();

    [Theory]
    [MemberData(nameof(Values))]
    public async Task S26_A_value_that_cannot_be_written_is_the_callers_error_and_costs_one_connection(string value)
    {
        var (make, type, expected) = Makers[value];
        var before = database.Proxy.Connections;
        var tries = 0;

        var error = await Record.ExceptionAsync(() => _engine.RunAsync(
            (session, token) =>
            {
                tries++;
                return SendAsync(session, make(), type, token);
            },
            Retrying,
            Token));

        Assert.IsType(expected, error);
        Assert.Equal((1, 0L), (tries, _engine.GetSnapshot().Retries));
        await UseBothAsync();
        Assert.InRange(database.Proxy.Connections - before, 0, 1);
    }

    [Theory]
    [MemberData(nameof(Values))]
    public async Task S26_The_commit_reports_a_swallowed_error_of_the_users_own_code(string value)
    {
        var (make, type, expected) = Makers[value];
        await using var session = _engine.OpenSession();
        await session.RunAsync("update accounts set balance = balance", Token);
        Assert.IsType(expected, await Record.ExceptionAsync(() => SendAsync(session, make(), type, Token)));
        var state = session.State;

        var next = await Record.ExceptionAsync(() => session.ScalarAsync("select 1", Token));
        var error = await Record.ExceptionAsync(() => session.CommitAsync(Token));

        if (state == SessionState.Lost)
        {
            Assert.IsType(expected, Assert.IsType<SessionAbortedException>(next).InnerException);
            Assert.IsType(expected, Assert.IsType<SessionAbortedException>(error).InnerException);
        }
        else
        {
            Assert.Null(next);
            Assert.Null(error);
        }
    }

    [Fact]
    public async Task S26_A_stream_that_fails_in_a_COPY_is_the_callers_error_and_costs_one_connection()
    {
        var before = database.Proxy.Connections;
        var tries = 0;

        await Assert.ThrowsAsync<IOException>(() => _engine.RunAsync(
            (session, token) => session.UseProviderConnectionAsync<NpgsqlConnection, int>(
                async (connection, own) =>
                {
                    tries++;
                    await using var writer = await connection.BeginBinaryImportAsync(
                        "copy transfers from stdin (format binary)", own);
                    await writer.StartRowAsync(own);
                    await writer.WriteAsync(Guid.NewGuid(), own);
                    await writer.WriteAsync<Stream>(new FailingStream(200_000), NpgsqlDbType.Bytea, own);
                    return 0;
                },
                token),
            Retrying,
            Token));

        Assert.Equal(1, tries);
        await UseBothAsync();
        Assert.InRange(database.Proxy.Connections - before, 0, 1);
    }

    [Fact]
    public async Task S26_A_failed_upload_in_autocommit_does_not_affect_other_connections()
    {
        var before = database.Proxy.Connections;
        await using var session = _engine.OpenSession(new DbSessionOptions { Mode = SessionMode.Autocommit });
        await Assert.ThrowsAsync<ArgumentException>(() => SendAsync(
            session, new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.FromHours(2)), null, Token));
        Assert.Equal(1, await session.ScalarAsync("select 1", Token));   // on another connection
        await session.DisposeAsync();
        await UseBothAsync();
        Assert.InRange(database.Proxy.Connections - before, 0, 1);
    }

    [Fact]
    public async Task S26_An_internal_error_of_the_server_is_thrown_unchanged_although_the_driver_closes_its_connection()
    {
        var tries = 0;
        var error = await Assert.ThrowsAsync<PostgresException>(() => _engine.RunAsync(
            (session, token) =>
            {
                tries++;
                return session.RunAsync("do $$ begin raise exception 'full' using errcode = '53100'; end $$", token);
            },
            Retrying,
            Token));
        Assert.Equal(("53100", 1), (error.SqlState, tries));
    }

    private static async Task SendAsync(DbSession session, object value, NpgsqlDbType? type, CancellationToken token)
    {
        await using var command = session.Connection.CreateCommand();
        command.CommandText = "select @given is null";
        var given = new NpgsqlParameter("given", value);
        if (type is { } known)
        {
            given.NpgsqlDbType = known;
        }

        command.Parameters.Add(given);
        await command.ExecuteNonQueryAsync(token);
    }

    private async Task UseBothAsync()
    {
        await Task.WhenAll(UseAsync(), UseAsync());

        Task UseAsync() => _engine.RunAsync(
            static (session, token) => session.RunAsync("select pg_sleep(0.05)", token), cancellationToken: Token);
    }

    /// <summary>An upload whose client goes away.</summary>
    private sealed class FailingStream(int after) : Stream
    {
        private int _read;

        public override bool CanRead => true;

        public override bool CanSeek => true;

        public override bool CanWrite => false;

        public override long Length => 1_000_000;

        public override long Position { get => _read; set => _read = (int)value; }

        public override int Read(byte[] buffer, int offset, int count)
        {
            if (_read >= after)
            {
                throw new IOException("The client reset the request stream.");
            }

            _read += count;
            return count;
        }

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
