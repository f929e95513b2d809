namespace Millpond.Dapper;

/// <summary>Which row is read, and how many rows are allowed.</summary>
internal enum RowRule
{
    First,
    FirstOrDefault,
    Single,
    SingleOrDefault,
}
