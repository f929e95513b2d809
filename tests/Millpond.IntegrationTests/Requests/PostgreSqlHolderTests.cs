using Xunit;

namespace Millpond.IntegrationTests.Requests;

[Trait("Needs", "PostgreSQL")]
public sealed class PostgreSqlHolderTests(PostgreSqlRequestDatabase database)
    : HolderRules(database), IClassFixture<PostgreSqlRequestDatabase>;
