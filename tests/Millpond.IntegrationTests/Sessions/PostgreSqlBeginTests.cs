using Dapper;
using Millpond.IntegrationTests.Servers;
using Npgsql;
using Xunit;

namespace Millpond.IntegrationTests.Sessions;

/// <summary>What a session sets at the beginning of each of its transactions.</summary>
[Trait("Needs", "PostgreSQL")]
public class PostgreSqlBeginTests : SessionTestBase
{
    private const string Tenant = "select current_setting('app.tenant', true)";

    protected override Task<ScratchDatabase> CreateDatabaseAsync() => RecycledAsync();

    [Fact]
    public async Task S07_A_command_that_runs_again_after_the_settings_can_be_cancelled()
    {
        var options = new DbSessionOptions();
        options.OnBegin(static begin => begin.Set("app.tenant", 7));
        await using var session = Engine.OpenSession(options);
        await using var command = session.Connection.CreateCommand();
        command.CommandText = "select 1";
        await command.ExecuteNonQueryAsync(Token);   // together with the settings, in another command's place
        command.CommandText = "select pg_sleep(60)";
        var sleep = command.ExecuteNonQueryAsync(Token);
        const string Sleeping = "select count(*) from pg_stat_activity where datname = current_database() and state = 'active' " +
            "and query like 'select pg_sleep(60)%'";
        while (await Engine.RunAsync(
            static (other, token) => ScalarAsync<long>(other, Sleeping, token), cancellationToken: Token) == 0)
        {
            await Task.Delay(5, Token);
        }

        command.Cancel();
        var error = await Record.ExceptionAsync(() => sleep.WaitAsync(TimeSpan.FromSeconds(20), Token));
        Assert.True(error is OperationCanceledException or PostgresException, $"{error}");
    }

    [Fact]
    public async Task S22_Settings_apply_to_every_API_and_way_of_sending()
    {
        List<Func<DbSession, Task<string?>>> ways =
        [
            static session => ScalarAsync<string?>(session, Tenant, Token),
            static session => session.Connection.QuerySingleAsync<string?>(Tenant)!,
            static async session =>
            {
                await using var command = session.Connection.CreateCommand();
                command.CommandText = Tenant;
                await command.PrepareAsync(Token);
                return (string?)await command.ExecuteScalarAsync(Token);
            },
            static async session =>
            {
                await using var batch = session.Connection.CreateBatch();
                var only = batch.CreateBatchCommand();
                only.CommandText = Tenant;
                batch.BatchCommands.Add(only);
                return (string?)await batch.ExecuteScalarAsync(Token);
            },
            static async session =>
            {
                await using (await session.BeginTransactionAsync(Token))
                {
                    // Rolled back: what was set before it stays.
                }

                return await ScalarAsync<string?>(session, Tenant, Token);
            },
            static session => session.UseProviderConnectionAsync<NpgsqlConnection, string?>(
                static async (connection, token) =>
                {
                    await using var command = new NpgsqlCommand(Tenant, connection);
                    return (string?)await command.ExecuteScalarAsync(token);
                },
                Token),
            static async session =>
            {
                await session.Connection.OpenAsync(Token);
                return await ScalarAsync<string?>(session, Tenant, Token);
            },
        ];
        foreach (var way in ways)
        {
            await using var session = Engine.OpenSession(Of("7"));
            Assert.Equal("7", await way(session));
        }
    }

    [Fact]
    public async Task S22_Settings_apply_to_each_transaction_and_each_retry_and_end_with_it()
    {
        await ExecuteAllAsync("create function conflict() returns void language plpgsql as " +
            "$$ begin raise exception using errcode = '40001'; end $$");
        var engine = OfOneConnection();
        var begun = 0;
        var options = new DbSessionOptions { Retries = 1 };
        options.OnBegin(begin => begin.Set("app.tenant", ++begun));

        var tries = 0;
        await engine.RunAsync(
            async (session, token) =>
            {
                Assert.Equal($"{++tries}", await ScalarAsync<string?>(session, Tenant, token));
                if (tries == 1)
                {
                    await ExecuteAsync(session, "select conflict()", token);
                }

                await session.CommitAsync(token);
                Assert.Equal("3", await ScalarAsync<string?>(session, Tenant, token));
                await session.RollbackAsync(token);
                Assert.Equal("4", await ScalarAsync<string?>(session, Tenant, token));
            },
            options,
            Token);

        Assert.Equal(4, begun);
        Assert.Equal("", await engine.RunAsync(
            static (session, token) => ScalarAsync<string>(session, Tenant, token), cancellationToken: Token));
    }

    [Fact]
    public async Task S22_The_engines_settings_come_first_and_the_sessions_are_added()
    {
        var engine = CreateEngine(static options =>
        {
            options.Session.OnBegin(static begin => begin.Set("app.tenant", "engine"));
            options.Session.OnBegin(static begin => begin.Set("app.user", "engine"));
        });
        const string both = "select current_setting('app.tenant') || ' ' || current_setting('app.user')";

        Assert.Equal("engine engine", await engine.RunAsync(
            static (session, token) => ScalarAsync<string>(session, both, token), cancellationToken: Token));
        Assert.Equal("7 engine", await engine.RunAsync(
            static (session, token) => ScalarAsync<string>(session, both, token), Of("7"), Token));
        await using var twice = engine.OpenSession(Of("7"));
        Assert.Equal("7 engine", await ScalarAsync<string>(twice, both, Token));
    }

    [Theory]
    [InlineData("'; drop table users; --")]
    [InlineData(@"\'; drop table users; --")]
    [InlineData(@"\\'\")]
    [InlineData("$$;\"\n/* ü 漢 🐟")]
    [InlineData("")]
    public async Task S22_A_value_may_contain_anything(string value)
    {
        foreach (var conforming in new[] { "on", "off" })
        {
            var options = new DbSessionOptions();
            options.OnBegin(begin => begin.Set("standard_conforming_strings", conforming));
            options.OnBegin(begin => begin.Set("app.tenant", value));
            await using var session = Engine.OpenSession(options);
            Assert.Equal(value, await ScalarAsync<string>(session, Tenant, Token));
            Assert.Equal(0, await ScalarAsync<long>(session, "select count(*) from users", Token));
        }
    }

    [Theory]
    [InlineData("app.tenant = '1'; drop table users; --")]
    [InlineData("app.\"tenant")]
    [InlineData("no such")]
    public async Task S22_An_invalid_name_is_the_databases_error(string name)
    {
        await using var session = Engine.OpenSession(Setting(begin => begin.Set(name, "1")));
        await Assert.ThrowsAsync<PostgresException>(() => ExecuteAsync(session, "select 1", Token));
        Assert.Equal(0, await CountUsersAsync());
    }

    [Fact]
    public async Task S22_Typed_values_arrive_in_the_databases_format()
    {
        var id = Guid.NewGuid();
        await using var session = Engine.OpenSession(Setting(begin =>
        {
            begin.Set("app.id", id);
            begin.Set("app.number", -9_000_000_000L);
            begin.Set("app.flag", true);
        }));
        Assert.True(await ScalarAsync<bool>(session, $"select current_setting('app.id')::uuid = '{id}' and " +
            "current_setting('app.number')::bigint = -9000000000 and current_setting('app.flag')::bool", Token));
    }

    [Fact]
    public async Task S22_A_role_and_a_search_path_apply_to_the_transaction()
    {
        var role = $"tenant \"{Guid.NewGuid():N}";
        var quoted = $"\"{role.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
        await ExecuteAllAsync(
            $"create role {quoted}",
            "create schema \"the tenant's\"",
            $"grant usage on schema \"the tenant's\" to {quoted}",
            "create table \"the tenant's\".things (id int)");
        try
        {
            await using var session = Engine.OpenSession(Setting(begin =>
            {
                begin.SetSearchPath("the tenant's", "public");
                begin.SetRole(role);
            }));
            Assert.Equal(role, await ScalarAsync<string>(session, "select current_user", Token));
            Assert.Equal(
                "\"the tenant's\", public", await ScalarAsync<string>(session, "select current_setting('search_path')", Token));
            Assert.Equal("the tenant's", await ScalarAsync<string>(session, "select current_schema", Token));
        }
        finally
        {
            await ExecuteAllAsync($"drop owned by {quoted}", $"drop role {quoted}");
        }
    }

    [Fact]
    public async Task S22_An_OnBegin_statement_runs_first_and_its_rows_are_not_the_first_commands()
    {
        await using var session = Engine.OpenSession(Setting(begin =>
        {
            begin.Set("app.tenant", "5");
            begin.Execute("select set_config('app.tenant', current_setting('app.tenant') || '5', true) -- as it is");
        }));
        Assert.Equal("55", await ScalarAsync<string>(session, Tenant, Token));
        await using var reader = await ReaderAsync(session, "select 1 as one", Token);
        Assert.Equal("one", reader.GetName(0));
    }

    [Fact]
    public async Task S22_An_exception_of_the_callback_is_thrown_by_the_statement_and_nothing_is_leaked()
    {
        await using var session = Engine.OpenSession(Setting(static _ => throw new InvalidTimeZoneException()));
        await Assert.ThrowsAsync<InvalidTimeZoneException>(() => ExecuteAsync(session, "select 1", Token));
        await AssertNothingHeldAsync(Engine);
    }

    [Fact]
    public async Task S22_Invalid_settings_are_rejected()
    {
        await RefusedAsync<ArgumentException>(static begin => begin.SetRole("None"));
        await RefusedAsync<ArgumentException>(static begin => begin.SetRole(" "));
        await RefusedAsync<ArgumentException>(static begin => begin.SetSearchPath());
        await RefusedAsync<ArgumentException>(static begin => begin.SetSearchPath("public", ""));
        await RefusedAsync<ArgumentException>(static begin => begin.Set("Search_Path", "a, b"));
        await RefusedAsync<ArgumentException>(static begin => begin.Set("role", "none"));
        await RefusedAsync<ArgumentException>(static begin => begin.Set("app..tenant", "1"));
        await RefusedAsync<ArgumentException>(static begin => begin.Set("app.tenant", "a\0b"));
        await RefusedAsync<ArgumentNullException>(static begin => begin.Set("app.tenant", null!));
    }

    [Theory]
    [InlineData("")]
    [InlineData(";No Reset On Close=true")]
    public virtual async Task S22_In_autocommit_settings_are_undone_before_anybody_else_has_the_connection(string more)
    {
        var engine = OfOneConnection(more);
        var begun = 0;
        var options = new DbSessionOptions { Mode = SessionMode.Autocommit };
        options.OnBegin(begin => begin.Set("app.tenant", ++begun));
        await using (var session = engine.OpenSession(options))
        {
            Assert.Equal("1", await ScalarAsync<string>(session, Tenant, Token));
            Assert.Equal("1", await ScalarAsync<string>(session, Tenant, Token));
            await using var real = await session.BeginTransactionAsync(Token);
            Assert.Equal("2", await ScalarAsync<string>(session, Tenant, Token));
        }

        await using var next = engine.OpenSession(new DbSessionOptions { Mode = SessionMode.Autocommit });
        Assert.Equal("", await ScalarAsync<string>(next, Tenant, Token));
    }

    private static DbSessionOptions Of(string tenant) => Setting(begin => begin.Set("app.tenant", tenant));

    private static DbSessionOptions Setting(Action<SessionBegin> settings)
    {
        var options = new DbSessionOptions();
        options.OnBegin(settings);
        return options;
    }

    private async Task RefusedAsync<TError>(Action<SessionBegin> settings)
        where TError : Exception
    {
        await using var session = Engine.OpenSession(Setting(settings));
        await Assert.ThrowsAsync<TError>(() => ExecuteAsync(session, "select 1", Token));
    }

    private async Task ExecuteAllAsync(params string[] statements)
    {
        foreach (var statement in statements)
        {
            await Engine.RunAsync((session, token) => ExecuteAsync(session, statement, token), cancellationToken: Token);
        }
    }

    private DbEngine OfOneConnection(string more = "") => CreateEngine(options =>
    {
        options.ConnectionString = PostgresUrl.ToConnectionString(Database.Url) + more;
        (options.PoolSize, options.MaxOverflow) = (1, 0);
    });
}
