using Xunit;

namespace Millpond.Testing.Tests.Acquisition;

[Trait("Needs", "PostgreSQL")]
public sealed class FailedTests
{
    private readonly List<string> _output = [];

    [Fact]
    public async Task T07_A_failed_test_keeps_its_database_and_reports_how_to_open_it_and_what_differs()
    {
        await using var databases = Kit.Own(_output);
        var name = "";
        await Assert.ThrowsAsync<InvalidOperationException>(() => databases.RunAsync(async db =>
        {
            name = db.Name;
            await db.ExecuteAsync(
                "insert into users (name) values ('ada'), ('bob'); delete from colors where name = 'red'; " +
                "update colors set name = 'teal' where name = 'blue'");
            throw new InvalidOperationException("boom");
        }));

        var message = Assert.Single(_output);
        Assert.StartsWith(
            $"{nameof(T07_A_failed_test_keeps_its_database_and_reports_how_to_open_it_and_what_differs)} failed: boom\n" +
            "Its database is kept: psql postgresql://", message, StringComparison.Ordinal);
        Assert.Contains($"/{name}", message, StringComparison.Ordinal);
        Assert.EndsWith(
            """
            colors: 1 row inserted or changed, 2 rows deleted or changed
              name
              teal
            users: 2 rows inserted
              id | name
              1  | ada 
              2  | bob 

            """.ReplaceLineEndings("\n"), message, StringComparison.Ordinal);
        Assert.Equal(2L, await Kit.OnServerAsync("select count(*) from users", name));
        Assert.NotEqual(name, (await databases.AcquireAsync()).Name);
    }

    [Fact]
    public async Task T07_A_failed_expectation_keeps_the_database()
    {
        await using var databases = Kit.Own(_output);
        await using (var db = await databases.AcquireAsync())
        {
            await Assert.ThrowsAsync<DatabaseExpectException>(() => DatabaseExpect.NothingPersistedAsync(
                db, () => db.ExecuteAsync("insert into users (name) values ('ada')")));
        }

        Assert.Contains("Its database is kept: psql", Assert.Single(_output), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_template_whose_build_throws_leaves_nothing_and_fails_each_test_immediately()
    {
        var builds = 0;
        await using var databases = Databases.PostgreSql(DatabaseTemplate.FromCode(
            async (engine, token) =>
            {
                builds++;
                await engine.RunAsync((session, ct) => session.ExecuteAsync($"create table t (id int)", ct), token);
                throw new InvalidOperationException("no migration");
            },
            version: Guid.NewGuid().ToString()));

        var error = await Assert.ThrowsAsync<TestDatabaseException>(() => databases.AcquireAsync());
        await Assert.ThrowsAsync<TestDatabaseException>(() => databases.AcquireAsync());

        Assert.Equal(
            "The template could not be built, so no test has a database. Correct it: no migration", error.Message);
        Assert.Equal(1, builds);
        Assert.Equal(0L, await Kit.OnServerAsync(
            "select count(*) from pg_stat_activity where datname like 'millpond_clone_%' and application_name = 'default'"));
    }

    [Fact]
    public async Task A_failing_script_is_named()
    {
        await using var databases = Databases.PostgreSql(DatabaseTemplate.FromSql("create tabel users ()"));

        var error = await Assert.ThrowsAsync<TestDatabaseException>(() => databases.AcquireAsync());

        Assert.StartsWith(
            "The template could not be built, so no test has a database. Correct it: the SQL text: 42601",
            error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_table_that_does_not_exist_cannot_be_counted()
    {
        await using var db = await Kit.Databases.AcquireAsync();

        var error = await Assert.ThrowsAsync<TestDatabaseException>(() => db.CountAsync("Users"));

        Assert.Equal("There is no table \"Users\" in this database. Upper and lower case count.", error.Message);
        await Assert.ThrowsAsync<TestDatabaseException>(() => db.CountAsync("users; drop table users"));
    }

    [Fact]
    public async Task After_one_test_waited_too_long_others_fail_immediately_until_a_database_is_returned()
    {
        using var permits = new Clones.DatabasePermits(1, TimeSpan.FromMilliseconds(50));
        await permits.EnterAsync(Kit.Token);
        await Assert.ThrowsAsync<TestDatabaseException>(() => permits.EnterAsync(Kit.Token));

        Assert.True(permits.EnterAsync(Kit.Token).IsFaulted);
        permits.Leave();
        Assert.True(permits.EnterAsync(Kit.Token).IsCompletedSuccessfully);
        Assert.False(permits.EnterAsync(Kit.Token).IsCompleted);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_test_that_forgets_to_dispose_its_database_is_named(bool isSqlite)
    {
        void Configure(DatabasesOptions o) =>
            (o.MaxDatabases, o.AcquireTimeout, o.Output) = (1, TimeSpan.FromMilliseconds(50), _output.Add);
        var databases = isSqlite
            ? Databases.Sqlite(DatabaseTemplate.FromSql("create table users (name text)"), Configure)
            : Kit.Own(_output, Kit.Schema, Configure);
        await databases.AcquireAsync(test: "Forgetful");

        var error = await Assert.ThrowsAsync<TestDatabaseException>(() => databases.AcquireAsync());
        await databases.DisposeAsync();

        Assert.Equal(
            "No test database came free within 0.05 s. In use by: Forgetful (for 0 s). Dispose the database at the end of each " +
            "test (await using var db = …), or raise DatabasesOptions.MaxDatabases or AcquireTimeout.",
            error.Message);
        Assert.StartsWith(
            "Millpond.Testing: Forgetful (for 0 s) has not disposed its database.",
            Assert.Single(_output), StringComparison.Ordinal);
    }

    [Fact]
    public void Invalid_options_are_reported_together()
    {
        var error = Assert.Throws<TestDatabaseException>(() => Databases.PostgreSql(
            DatabaseTemplate.FromSql("select 1"), o => (o.MaxDatabases, o.MaxKept) = (0, -1)));

        Assert.Equal(
            "DatabasesOptions: MaxDatabases is 0, not between 1 and 1,000. MaxKept is -1, not between 0 and 1,000.",
            error.Message);
        var missing = Assert.Throws<TestDatabaseException>(() => DatabaseTemplate.FromFiles("nowhere"));
        Assert.StartsWith("There is no file '*.sql' in ", missing.Message, StringComparison.Ordinal);
    }
}
