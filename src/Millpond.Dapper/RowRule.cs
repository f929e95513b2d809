namespace Millpond.Dapper;

/// <summary>Which row is read, and how many there may be.</summary>
internal enum RowRule
{
    First,
    FirstOrDefault,
    Single,
    SingleOrDefault,
}
