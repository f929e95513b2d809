using Millpond.IntegrationTests.Servers;
using Xunit;

namespace Millpond.IntegrationTests.Sessions;

/// <summary>Statements that the driver has prepared, and a session that drops them behind its back.</summary>
[Trait("Needs", "PostgreSQL")]
public sealed class PostgreSqlLostPlanTests : SessionTestBase
{
    private const string Used = "select count(*) from users where id > 0";

    private static readonly DbSessionOptions Autocommit = new() { Mode = SessionMode.Autocommit };

    [Theory]
    [InlineData("deallocate all", false)]
    [InlineData("set work_mem = '2MB'; deallocate prepare ALL", false)]
    [InlineData("deallocate \"_auto0\"", false)]
    [InlineData("/* x */ discard all", true)]
    public async Task S21_A_session_that_drops_prepared_statements_causes_no_later_errors(string sql, bool autocommit)
    {
        var engine = Preparing();
        for (var use = 0; use < 4; use++)
        {
            await UseAsync(engine);
        }

        await engine.RunAsync(
            (session, token) => ExecuteAsync(session, sql, token), autocommit ? Autocommit : null, Token);
        await UseAsync(engine);
    }

    [Fact]
    public async Task S21_A_session_that_drops_its_own_prepared_statement_costs_no_connection()
    {
        var engine = Preparing();
        var before = await BackendAsync(engine);
        await engine.RunAsync(
            async (session, token) =>
            {
                await ExecuteAsync(session, "prepare mine as select 1", token);
                await ExecuteAsync(session, "deallocate mine", token);
                await ExecuteAsync(session, "discard temp", token);
            },
            cancellationToken: Token);
        Assert.Equal(before, await BackendAsync(engine));
    }

    protected override Task<ScratchDatabase> CreateDatabaseAsync() => RecycledAsync();

    // Not as the first statement, which is sent again when its plan is stale.
    private static Task UseAsync(DbEngine engine) => engine.RunAsync(
        async (session, token) =>
        {
            await ExecuteAsync(session, "select 1", token);
            await ScalarAsync<long>(session, Used, token);
        },
        cancellationToken: Token);

    private static Task<int> BackendAsync(DbEngine engine) => engine.RunAsync(
        static (session, token) => ScalarAsync<int>(session, "select pg_backend_pid()", token), cancellationToken: Token);

    private DbEngine Preparing() => CreateEngine(options =>
    {
        options.ConnectionString = PostgresUrl.ToConnectionString(Database.Url) + ";Max Auto Prepare=9;Auto Prepare Min Usages=2";
        (options.PoolSize, options.MaxOverflow) = (1, 0);
    });
}
