using LinqToDB.Mapping;

namespace Millpond.IntegrationTests.Libraries;

/// <summary>A row without a number of its own, as linq2db maps it.</summary>
[Table("pets")]
public sealed class Pet
{
    [Column("owner")]
    public int Owner { get; set; }

    [Column("name")]
    [NotNull]
    public string Name { get; set; } = "";
}
