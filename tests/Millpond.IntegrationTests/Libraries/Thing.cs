using LinqToDB;
using LinqToDB.Mapping;

namespace Millpond.IntegrationTests.Libraries;

/// <summary>A row of types that PostgreSQL has and SQLite has not, as linq2db maps it.</summary>
[Table("things")]
public sealed class Thing
{
    [Column("id")]
    public Guid Id { get; set; }

    [Column("price")]
    public decimal Price { get; set; }

    [Column("at")]
    public DateTimeOffset At { get; set; }

    [Column("data", DataType = DataType.BinaryJson)]
    public string Data { get; set; } = "";
}
