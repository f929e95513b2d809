using System.Net;
using System.Numerics;
using System.Text.Json;
using Npgsql;
using NpgsqlTypes;
using Xunit;

namespace Millpond.IntegrationTests.Sessions;

[Trait("Needs", "PostgreSQL")]
public sealed class PostgreSqlDapperHoleTests : DapperHoleRules
{
    public enum Mood
    {
        Sad,
        Happy,
    }

    protected override (string Before, string After) InList => (" or id = any(", ")");

    protected override Task<ScratchDatabase> CreateDatabaseAsync() => RecycledAsync();

    [Fact]
    public async Task F02_A_null_of_any_type_has_that_type()
    {
        await using var session = Engine.OpenSession();
        Assert.Equal(
            "text integer bigint boolean numeric double precision uuid timestamp with time zone date time without time zone " +
            "interval bytea integer[] integer[] inet int4range jsonb numeric integer",
            string.Join(' ', await TypesAsync()));

        async Task<IEnumerable<string>> TypesAsync()
        {
            var row = await session.QuerySingleAsync<string>(
                $"""
                select concat_ws(',', pg_typeof({(string?)null}), pg_typeof({(int?)null}), pg_typeof({(long?)null}),
                pg_typeof({(bool?)null}), pg_typeof({(decimal?)null}), pg_typeof({(double?)null}), pg_typeof({(Guid?)null}),
                pg_typeof({(DateTimeOffset?)null}), pg_typeof({(DateOnly?)null}), pg_typeof({(TimeOnly?)null}),
                pg_typeof({(TimeSpan?)null}), pg_typeof({(byte[]?)null}), pg_typeof({(int[]?)null}),
                pg_typeof({(List<int>?)null}),
                pg_typeof({(IPAddress?)null}), pg_typeof({(NpgsqlRange<int>?)null}), pg_typeof({(JsonDocument?)null}),
                pg_typeof({(BigInteger?)null}), pg_typeof({(DayOfWeek?)null}))
                """,
                Token);
            return row.Split(',');
        }
    }

    [Fact]
    public async Task F02_A_null_works_for_functions_with_any_type_and_for_typed_columns()
    {
        await using var session = Engine.OpenSession();
        string? name = null;
        DateTime? at = null;
        object? anything = null;
        Assert.Equal(
            """{"a": null}""",
            await session.ExecuteScalarAsync<string>($"select jsonb_build_object('a', {name})::text", Token));
        await ExecuteAsync(session, "create table logs (name text, at timestamptz, local timestamp, data jsonb)", Token);
        await session.ExecuteAsync($"insert into logs values ({name}, {at}, {at}, {anything})", Token);
        Assert.Equal(
            0, await session.ExecuteScalarAsync<int>($"select count(*) from logs where {at} < at or local > {at}", Token));
        at = new DateTime(2026, 1, 2, 3, 4, 5, DateTimeKind.Utc);
        Assert.Equal(at, await session.ExecuteScalarAsync<DateTime>($"select {at}", Token));
    }

    [Fact]
    public async Task F02_Every_type_that_the_driver_supports_works_as_value_and_as_result()
    {
        await using var session = Engine.OpenSession();
        await EchoAsync(IPAddress.Loopback);
        await EchoAsync(new NpgsqlRange<int>(1, true, 5, false));
        await EchoAsync(BigInteger.Pow(10, 30));
        await EchoAsync(new List<int> { 1, 2 });
        await EchoAsync(new NpgsqlPoint(1, 2));
        await EchoAsync(new Dictionary<string, int> { ["a"] = 1 }.Count);
        await EchoAsync<BigInteger?>(BigInteger.One);
        await EchoAsync<BigInteger?>(null);
        using var document = JsonDocument.Parse("""{"a": 1}""");
        Assert.Equal(1, await session.ExecuteScalarAsync<int>($"select ({document} ->> 'a')::int", Token));
        using var read = await session.QuerySingleAsync<JsonDocument>($"select {document} as x", Token);
        Assert.Equal(1, read.RootElement.GetProperty("a").GetInt32());
        var json = new NpgsqlParameter { NpgsqlDbType = NpgsqlDbType.Jsonb, Value = """{"b": 2}""" };
        Assert.Equal(
            "jsonb 2",
            await session.ExecuteScalarAsync<string>($"select pg_typeof({json}) || ' ' || ({json} ->> 'b')", Token));

        async Task EchoAsync<T>(T value)
        {
            Assert.Equal(value, await session.QuerySingleAsync<T>($"select {value} as x", Token));
            Assert.Equal(value, (await session.QueryAsync<T>($"select {value} as x", Token))[0]);
            Assert.Equal(value, await session.ExecuteScalarAsync<T>($"select {value}, 1", Token));
        }
    }

    [Fact]
    public async Task F02_A_mapped_enum_is_sent_as_its_type_and_any_other_as_its_number()
    {
        await Engine.RunAsync(
            (session, token) => ExecuteAsync(
                session, "create type mood as enum ('sad', 'happy'); create type place as (name text, floor int)", token),
            cancellationToken: Token);
        await using var engine = DbEngine.Create(options => options.UsePostgreSql(
            Database.Url, static o => o.ConfigureDataSource(static source => source.MapEnum<Mood>().MapComposite<Place>())));
        await using var session = engine.OpenSession();
        await ExecuteAsync(session, "create table days (mood mood, day int)", Token);
        Mood? none = null;
        object boxed = Mood.Sad;
        await session.ExecuteAsync(
            $"insert into days values ({Mood.Happy}, {DayOfWeek.Friday}), ({none}, {(DayOfWeek?)null})", Token);
        await session.ExecuteAsync($"insert into days values ({boxed}, {1})", Token);
        Assert.Equal(
            (Mood.Happy, DayOfWeek.Friday),
            await session.QuerySingleAsync<(Mood, DayOfWeek)>($"select mood, day from days where mood = {Mood.Happy}", Token));
        Assert.Equal(Mood.Sad, await session.ExecuteScalarAsync<Mood>($"select mood from days where day = 1", Token));
        var place = new Place { Name = "attic", Floor = 3 };
        Assert.Equal(place, await session.QuerySingleAsync<Place>($"select {place} as x", Token));
        Assert.Equal(place, await session.QuerySingleAsync<Place>($"select ({place}).*", Token));
    }

    [Fact]
    public async Task F02_An_enum_becomes_its_number_if_the_driver_supports_no_enums()
    {
        await using var session = Engine.OpenSession();
        Assert.Equal(
            "integer 1",
            await session.ExecuteScalarAsync<string>($"select pg_typeof({Mood.Happy}) || ' ' || {Mood.Happy}", Token));
    }

    public sealed record Place
    {
        public string Name { get; set; } = "";

        public int Floor { get; set; }
    }
}
