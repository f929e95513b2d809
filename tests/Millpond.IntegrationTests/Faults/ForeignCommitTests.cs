using Millpond.IntegrationTests.Requests;
using Xunit;

namespace Millpond.IntegrationTests.Faults;

/// <summary>Commits of a transaction that wrote where its own server gives it no id.</summary>
[Trait("Needs", "PostgreSQL")]
public sealed class ForeignCommitTests(ProxiedDatabase database) : IClassFixture<ProxiedDatabase>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("insert into far values ('{0}')", false)]
    [InlineData("select add_far('{0}')", true)]   // no row counts as changed here
    public async Task S18_A_transaction_without_an_id_that_wrote_to_a_foreign_table_is_unknown(string sql, bool isScalar)
    {
        await using var held = await HeldCommit.HoldAsync(database);   // its table is what the foreign one leads to
        await database.LookAsync(
            $$"""
            create extension if not exists postgres_fdw;
            create or replace function lead() returns void language plpgsql as $body$
            begin
                if not exists (select from pg_foreign_server) then
                    execute format('create server loopback foreign data wrapper postgres_fdw options (host ''127.0.0.1'', ' ||
                        'port %L, dbname %L)', current_setting('port'), current_database());
                    execute format('create user mapping for current_user server loopback options (user %L, password %L)',
                        current_user, {{database.QuotedPassword}});
                end if;
            end $body$;
            select lead();
            create foreign table if not exists far (id uuid) server loopback options (table_name 'held');
            create or replace function add_far(id uuid) returns int language sql as
                'insert into far values (id); select 1';
            select 0
            """);
        await using var engine = database.CreateEngine(static options => options.Session.ConfirmCommit = true);
        await engine.RunAsync(
            static (session, token) => session.RunAsync("update accounts set balance = balance", token),
            cancellationToken: Token);
        var id = Guid.NewGuid();
        var text = sql.Replace("{0}", id.ToString(), StringComparison.Ordinal);
        var work = engine.RunAsync(
            (session, token) => isScalar ? session.ScalarAsync(text, token) : CountAsync(session, text, token),
            cancellationToken: Token);
        await held.UntilCommittingAsync();
        database.Proxy.ApplyToAll(FaultKind.Close);
        await database.LookAsync(
            "select count(pg_terminate_backend(pid)) from pg_stat_activity where application_name = 'postgres_fdw'");
        var error = await Assert.ThrowsAsync<CommitOutcomeException>(() => work);
        Assert.Equal(CommitOutcome.Unknown, error.Outcome);
        await held.LetGoAsync();
        Assert.False(await held.IsThereAsync(id));
    }

    [Fact]
    public async Task S18_Rows_changed_without_an_id_leave_the_outcome_unknown()
    {
        await database.LookAsync(
            """
            create or replace view nowhere as select 1 as id;
            create or replace function swallow() returns trigger language plpgsql as 'begin return new; end';
            create or replace trigger swallow instead of insert on nowhere for each row execute function swallow();
            select 0
            """);
        await using var engine = database.CreateEngine(static options => options.Session.ConfirmCommit = true);
        static Task<int> WriteAsync(DbSession session, CancellationToken token) =>
            session.RunAsync("insert into nowhere values (1)", token);
        await engine.RunAsync(WriteAsync, cancellationToken: Token);
        await engine.RunAsync(WriteAsync, cancellationToken: Token);
        var messages = await database.Proxy.RecordAsync(() => engine.RunAsync(WriteAsync, cancellationToken: Token));
        var server = messages.Where(static message => message.From == WireSide.Server).ToList();
        var answer = server.FindLastIndex(static message => message.Type == 'C') + 1;
        database.Proxy.Arm(new FaultPoint(FaultKind.Reset, WireSide.Server, answer));
        var error = await Assert.ThrowsAsync<CommitOutcomeException>(() => engine.RunAsync(WriteAsync, cancellationToken: Token));
        Assert.Equal(CommitOutcome.Unknown, error.Outcome);
    }

    private static async Task<long> CountAsync(DbSession session, string sql, CancellationToken token) =>
        await session.RunAsync(sql, token);
}
