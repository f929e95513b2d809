namespace Millpond.Testing.Tests.Hosting;

public sealed class SqliteHostTests() : HostContract(
    Databases.Sqlite(DatabaseTemplate.FromSql(Schema), o => o.MaxKept = 0));
