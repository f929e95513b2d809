namespace Millpond.PackageTests;

/// <summary>An empty PostgreSQL database for one test.</summary>
internal static class EmptyDatabase
{
    private static readonly Databases All = Databases.PostgreSql(DatabaseTemplate.FromSql("select 1"), o => o.MaxDatabases = 2);

    /// <summary>Runs a test with the URL of a database, and with the database.</summary>
    public static Task RunAsync(Func<string, TestDatabase, Task> test) => All.RunAsync(
        async database =>
        {
            var server = await TestServer.FindAsync();
            await test(new UriBuilder(server.Url) { Path = database.Name }.Uri.AbsoluteUri, database);
        },
        TestIsolation.Fresh);
}
