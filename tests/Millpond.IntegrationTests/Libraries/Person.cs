using LinqToDB.Mapping;

namespace Millpond.IntegrationTests.Libraries;

/// <summary>A row that the database numbers, as linq2db maps it.</summary>
[Table("people")]
public sealed class Person
{
    [Column("id")]
    [PrimaryKey]
    [Identity]
    public int Id { get; set; }

    [Column("name")]
    [NotNull]
    public string Name { get; set; } = "";

    [Column("age")]
    public int Age { get; set; }
}
