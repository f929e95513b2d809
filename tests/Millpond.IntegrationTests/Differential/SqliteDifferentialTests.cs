using System.Data.Common;
using Microsoft.Data.Sqlite;
using Millpond.IntegrationTests.Sessions;

namespace Millpond.IntegrationTests.Differential;

public sealed class SqliteDifferentialTests : DifferentialRules
{
    protected override string[] Values { get; } =
    [
        "null", "0", "1", "-1", "255", "256", "32768", "2147483648", "9223372036854775807", "-9223372036854775808", "0.5",
        "1e300", "'text'", "''", "'2024-01-02 03:04:05.678'", "'3F2504E0-4F89-11D3-9A0C-0305E82C3301'", "x''", "x'0001fe'",
        "x'00112233445566778899aabbccddeeff'",
    ];

    protected override Type[] Types { get; } =
    [
        typeof(bool), typeof(byte), typeof(sbyte), typeof(short), typeof(ushort), typeof(int), typeof(uint), typeof(long),
        typeof(ulong), typeof(float), typeof(double), typeof(decimal), typeof(char), typeof(string), typeof(byte[]),
        typeof(Guid), typeof(DateTime), typeof(DateTimeOffset), typeof(DateOnly), typeof(TimeOnly), typeof(TimeSpan),
        typeof(object), typeof(DBNull), typeof(int?), typeof(DayOfWeek), typeof(Version),
    ];

    protected override string[] FourLong { get; } = ["'text'", "x'01020304'", "1234", "null"];

    protected override (string Name, object? Value)[] Refused { get; } =
    [
        ("no value", null), ("a version", new Version(1, 2)), ("an object", new object()), ("an array", new[] { 1, 2 }),
    ];

    // The driver throws for a null read as int?, and a closed reader is less strict than Npgsql's.
    protected override bool IsMeant(string what) =>
        what.EndsWith("[System.Int32]> of null", StringComparison.Ordinal) ||
        ((what.Contains("closed", StringComparison.Ordinal) || what.EndsWith("disposed", StringComparison.Ordinal)) &&
            (what.StartsWith("HasRows", StringComparison.Ordinal) || what.Contains("cancelled", StringComparison.Ordinal)));

    protected override Task<ScratchDatabase> CreateDatabaseAsync() => ScratchDatabase.SqliteAsync();

    protected override async Task<DbConnection> OpenDriversAsync()
    {
        var connection = new SqliteConnection($"Data Source={Database.Url["sqlite:".Length..]};Pooling=False");
        await connection.OpenAsync(Token);
        return connection;
    }
}
