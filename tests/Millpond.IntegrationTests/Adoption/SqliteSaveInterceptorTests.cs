using Millpond.IntegrationTests.Requests;
using Xunit;

namespace Millpond.IntegrationTests.Adoption;

public sealed class SqliteSaveInterceptorTests(SqliteRequestDatabase database)
    : SaveInterceptorRules(database), IClassFixture<SqliteRequestDatabase>;
