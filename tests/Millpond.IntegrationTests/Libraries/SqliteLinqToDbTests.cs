using LinqToDB.DataProvider;
using LinqToDB.DataProvider.SQLite;
using Millpond.IntegrationTests.Sessions;
using Xunit;

namespace Millpond.IntegrationTests.Libraries;

public sealed class SqliteLinqToDbTests : LinqToDbRules
{
    protected override IDataProvider Provider { get; } = SQLiteTools.GetDataProvider(SQLiteProvider.Microsoft);

    protected override Task<ScratchDatabase> CreateDatabaseAsync() => ScratchDatabase.SqliteAsync();

    [Fact]
    public async Task F03_linq2db_loads_associations_with_separate_queries()
    {
        await CreatePeopleAsync();
        await using var session = Engine.OpenSession();
        await using var db = Open(session);
        Assert.Equal("ada rex", await LoadPetsAsync(db));
    }
}
