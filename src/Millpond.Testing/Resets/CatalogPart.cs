namespace Millpond.Testing.Resets;

/// <summary>A part of PostgreSQL's catalogue: the objects of one kind in a template.</summary>
/// <param name="What">The kind, for messages.</param>
/// <param name="From">The source of its rows.</param>
/// <param name="Rows">The number of rows.</param>
internal sealed record CatalogPart(string What, string From, long Rows)
{
    // User objects have ids from 16384 on.
    public static readonly IReadOnlyList<CatalogPart> All =
    [
        new("a table, index, sequence or view", "pg_class where oid >= 16384", 0),
        new("a column", "pg_attribute where attrelid >= 16384", 0),
        new("a column's default", "pg_attrdef where adrelid >= 16384", 0),
        new("a constraint", "pg_constraint where oid >= 16384", 0),
        new("an index", "pg_index where indexrelid >= 16384", 0),
        new("a trigger", "pg_trigger where oid >= 16384", 0),
        new("a function", "pg_proc where oid >= 16384", 0),
        new("a type", "pg_type where oid >= 16384", 0),
        new("an enum's value", "pg_enum", 0),
        new("a view or rule", "pg_rewrite where oid >= 16384", 0),
        new("a policy", "pg_policy", 0),
        new("a schema", "pg_namespace where oid >= 16384", 0),
        new("an extension", "pg_extension where oid >= 16384", 0),
        new("a large object", "pg_largeobject_metadata", 0),
        new("a setting of the database",
            "pg_db_role_setting where setdatabase = (select oid from pg_database where datname = current_database())", 0),
    ];
}
