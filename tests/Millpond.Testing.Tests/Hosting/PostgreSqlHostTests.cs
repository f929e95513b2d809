using Xunit;

namespace Millpond.Testing.Tests.Hosting;

[Trait("Needs", "PostgreSQL")]
public sealed class PostgreSqlHostTests() : HostContract(
    Databases.PostgreSql(DatabaseTemplate.FromSql(Schema), o => (o.MaxDatabases, o.MaxKept) = (8, 0)));
