using System.Data.Common;
using System.Globalization;
using Microsoft.Data.Sqlite;
using Xunit;

namespace Millpond.IntegrationTests.Sqlite;

public sealed class ReaderTests : SqliteTestBase
{
    /// <summary>Values of every kind, among them what SQLite converts in odd ways.</summary>
    private static readonly string[] Values =
    [
        "null", "0", "1", "-5", "65", "300", "70000", "9223372036854775807", "-9223372036854775808", "0.1", "1.0", "-2.5",
        "1e21", "1e-7", "123456789.123", "1e15", "1e16", "1e17", "123456789012.5", "0.0001", "0.00001", "9e999",
        "2460000.5", "2460311.123456", "'text'", "''", "'12abc'", "' 42'", "'-7.5e2x'", "'.5'", "'1e'",
        "'99999999999999999999'", "'a'", "'true'", "'2024-01-02 03:04:05'", "'2024-01-02T03:04:05.678+02:00'",
        "'2024-01-02'", "'03:04:05'", "'1.02:03:04'", "'3F2504E0-4F89-11D3-9A0C-0305E82C3301'", "'1234.50'", "'grüß 🐟'",
        "x''", "x'000102'", "x'00112233445566778899aabbccddeeff'", "cast('12' as blob)",
    ];

    private static readonly (string Name, Func<DbDataReader, object?> Read)[] Readings =
    [
        ("GetValue", static row => row.GetValue(0)), ("GetFieldType", static row => row.GetFieldType(0)),
        ("GetDataTypeName", static row => row.GetDataTypeName(0)), ("IsDBNull", static row => row.IsDBNull(0)),
        ("GetBoolean", static row => row.GetBoolean(0)), ("GetByte", static row => row.GetByte(0)),
        ("GetInt16", static row => row.GetInt16(0)), ("GetInt32", static row => row.GetInt32(0)),
        ("GetInt64", static row => row.GetInt64(0)), ("GetFloat", static row => row.GetFloat(0)),
        ("GetDouble", static row => row.GetDouble(0)), ("GetDecimal", static row => row.GetDecimal(0)),
        ("GetChar", static row => row.GetChar(0)), ("GetString", static row => row.GetString(0)),
        ("GetGuid", static row => row.GetGuid(0)), ("GetDateTime", static row => row.GetDateTime(0)),
        ("Kind", static row => row.GetDateTime(0).Kind), ("DateTimeOffset", static row => row.GetFieldValue<DateTimeOffset>(0)),
        ("DateOnly", static row => row.GetFieldValue<DateOnly>(0)), ("TimeOnly", static row => row.GetFieldValue<TimeOnly>(0)),
        ("TimeSpan", static row => row.GetFieldValue<TimeSpan>(0)), ("sbyte", static row => row.GetFieldValue<sbyte>(0)),
        ("uint", static row => row.GetFieldValue<uint>(0)), ("ulong", static row => row.GetFieldValue<ulong>(0)),
        ("ushort", static row => row.GetFieldValue<ushort>(0)), ("string", static row => row.GetFieldValue<string>(0)),
        ("object", static row => row.GetFieldValue<object>(0)), ("int?", static row => row.GetFieldValue<int?>(0) ?? 0),
        ("enum", static row => row.GetFieldValue<DayOfWeek>(0)), ("byte[]", static row => row.GetFieldValue<byte[]>(0)),
        ("Bytes", static row => ReadBytes(row)), ("Stream", static row => ReadStream(row)),
        ("TextReader", static row => row.GetTextReader(0).ReadToEnd()),
    ];

    [Fact]
    public async Task Every_value_is_read_as_the_driver_reads_it()
    {
        await using var session = Engine.OpenSession(ReadOnly);
        using var stranger = OpenStranger();
        List<string> differences = [];
        foreach (var value in Values)
        {
            using var command = stranger.CreateCommand();
            command.CommandText = $"select {value}";
            await using var actual = await ReaderAsync(session, command.CommandText, Token);
            Assert.True(await actual.ReadAsync(Token));
            foreach (var (name, read) in Readings)
            {
                // Anew for each: SQLite converts a value where it lies, so the driver's next reading would see another type.
                using var expected = command.ExecuteReader();
                Assert.True(expected.Read());
                var (theirs, ours) = (Outcome(expected, read), Outcome(actual, read));
                if (theirs != ours && (name, value) != ("int?", "null"))   // the driver throws there
                {
                    differences.Add($"{name} of {value}: the driver {theirs}, here {ours}");
                }
            }
        }

        Assert.True(differences.Count == 0, string.Join('\n', differences));
    }

    [Fact]
    public async Task F05_Many_rows_arrive_in_order_and_completely()
    {
        await using var session = Engine.OpenSession(ReadOnly);
        const string Sql = "with recursive c (i) as (select 1 union all select i + 1 from c where i < 20000) " +
            "select i, 'row ' || i, i * 0.5, null from c";
        await using var reader = await ReaderAsync(session, Sql, Token);
        Assert.Equal((4, true, typeof(long)), (reader.FieldCount, reader.HasRows, reader.GetFieldType(0)));
        Assert.Throws<InvalidOperationException>(() => reader.GetInt64(0));
        var expected = 0;
        while (await reader.ReadAsync(Token))
        {
            expected++;
            Assert.Equal((expected, $"row {expected}"), (reader.GetInt32(0), reader.GetString(1)));
            Assert.Equal(expected * 0.5, reader.GetDouble(2));
            Assert.True(reader.IsDBNull(3));
        }

        Assert.Equal(20_000, expected);
        Assert.False(await reader.ReadAsync(Token));
        Assert.Throws<InvalidOperationException>(() => reader.GetInt64(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => reader.GetName(4));
    }

    [Fact]
    public async Task F05_Several_results_have_their_own_columns()
    {
        await using var session = Engine.OpenSession();
        await using var reader = await ReaderAsync(
            session,
            "insert into users values (1, 'ada'); select id from users; select name, id as key from users where 0; select 7",
            Token);
        Assert.Equal("id", reader.GetName(0));
        Assert.True(await reader.ReadAsync(Token));
        Assert.True(await reader.NextResultAsync(Token));
        Assert.Equal(("name", "key", 2, false), (reader.GetName(0), reader.GetName(1), reader.FieldCount, reader.HasRows));
        Assert.Equal((1, "TEXT", typeof(string)), (reader.GetOrdinal("KEY"), reader.GetDataTypeName(0), reader.GetFieldType(0)));
        Assert.False(await reader.ReadAsync(Token));
        Assert.True(await reader.NextResultAsync(Token));
        Assert.True(await reader.ReadAsync(Token));
        Assert.Equal(7, reader.GetInt32(0));
        Assert.False(await reader.NextResultAsync(Token));
        Assert.Equal((1, 0), (reader.RecordsAffected, reader.FieldCount));
    }

    [Fact]
    public async Task F05_An_error_in_the_middle_is_thrown_after_the_preceding_rows()
    {
        await using var session = Engine.OpenSession(ReadOnly);
        const string Sql = "with recursive c (i) as (select 1 union all select i + 1 from c where i < 9) " +
            "select case i when 6 then json_extract('{', '$.x') else i end from c";
        await using var reader = await ReaderAsync(session, Sql, Token);
        for (var i = 1; i < 6; i++)
        {
            Assert.True(await reader.ReadAsync(Token));
            Assert.Equal(i, reader.GetInt32(0));
        }

        var error = await Assert.ThrowsAsync<SqliteException>(() => reader.ReadAsync(Token));
        Assert.Contains("malformed JSON", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Closing_a_reader_early_runs_the_later_statements_and_drops_their_errors_like_the_driver()
    {
        const string Sql = "select 1; insert into users values ({0}, 'user {0}'); insert into users values ({0}, 'twice')";
        using (var stranger = OpenStranger())
        using (var command = stranger.CreateCommand())
        {
            command.CommandText = string.Format(CultureInfo.InvariantCulture, Sql, 1);
            command.ExecuteReader().Dispose();
        }

        await Engine.RunAsync(
            async (session, token) =>
            {
                var text = string.Format(CultureInfo.InvariantCulture, Sql, 2);
                await (await ReaderAsync(session, text, token)).DisposeAsync();
            },
            cancellationToken: Token);
        Assert.Equal((1, 1), (await CountUsersAsync("id = 1"), await CountUsersAsync("id = 2")));
    }

    [Fact]
    public async Task F04_Schemas_of_results_and_of_the_database_are_available()
    {
        await using var session = Engine.OpenSession(ReadOnly);
        await using (var reader = await ReaderAsync(session, "select id, name from users", Token))
        {
            var columns = await reader.GetColumnSchemaAsync(Token);
            Assert.Equal(("users", "id", true), (columns[0].BaseTableName, columns[0].ColumnName, columns[0].IsKey));
            Assert.Equal(2, (await reader.GetSchemaTableAsync(Token))!.Rows.Count);
        }

        Assert.NotEmpty((await session.Connection.GetSchemaAsync(Token)).Rows);
        Assert.NotEmpty((await session.Connection.GetSchemaAsync("ReservedWords", Token)).Rows);
    }

    [Fact]
    public async Task A_command_can_be_changed_prepared_and_run_repeatedly()
    {
        await using var session = Engine.OpenSession();
        await using var command = (DbCommand)session.Connection.CreateCommand();
        command.CommandText = "insert into users (name) values (@name)";
        var name = command.CreateParameter();
        (name.ParameterName, name.Value) = ("@name", "ada");
        command.Parameters.Add(name);
        await command.PrepareAsync(Token);
        Assert.Equal(1, await command.ExecuteNonQueryAsync(Token));
        name.Value = "bob";
        Assert.Equal(1, await command.ExecuteNonQueryAsync(Token));
        command.CommandText = "select count(*) from users where name = @name";
        Assert.Equal(1L, await command.ExecuteScalarAsync(Token));
        await ExecuteAsync(session, "alter table users add column extra text default 'more'", Token);
        command.CommandText = "select * from users where name = @name";
        for (var i = 0; i < 2; i++)
        {
            await using var reader = await command.ExecuteReaderAsync(Token);
            Assert.Equal((3, "extra"), (reader.FieldCount, reader.GetName(2)));
        }

        await ExecuteAsync(session, "alter table users drop column extra", Token);
        await using var narrow = await command.ExecuteReaderAsync(Token);
        Assert.Equal(2, narrow.FieldCount);
    }

    [Fact]
    public async Task The_same_text_can_be_read_concurrently()
    {
        await using var session = Engine.OpenSession();
        await ExecuteAsync(session, ManyUsers, Token);   // so that the first is not read ahead to its end
        await using var outer = await ReaderAsync(session, "select id from users order by id", Token);
        Assert.True(await outer.ReadAsync(Token));
        await using var inner = await ReaderAsync(session, "select id from users order by id", Token);
        Assert.True(await inner.ReadAsync(Token));
        Assert.True(await outer.ReadAsync(Token));
        Assert.Equal((2, 1), (outer.GetInt32(0), inner.GetInt32(0)));
    }

    private static string Outcome(DbDataReader row, Func<DbDataReader, object?> read)
    {
        try
        {
            return read(row) switch
            {
                byte[] bytes => Convert.ToHexString(bytes),
                double number => number.ToString("R", CultureInfo.InvariantCulture),
                IFormattable value => $"{value.GetType().Name} {value.ToString(null, CultureInfo.InvariantCulture)}",
                var value => $"{value}",
            };
        }
        catch (Exception error)
        {
            return error.GetType().Name;
        }
    }

    private static byte[] ReadBytes(DbDataReader row)
    {
        var buffer = new byte[row.GetBytes(0, 0, null, 0, 0)];
        row.GetBytes(0, 0, buffer, 0, buffer.Length);
        return buffer;
    }

    private static byte[] ReadStream(DbDataReader row)
    {
        using var stream = row.GetStream(0);
        using var copy = new MemoryStream();
        stream.CopyTo(copy);
        return copy.ToArray();
    }
}
