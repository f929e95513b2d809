using Millpond.IntegrationTests.Sessions;
using Millpond.Sqlite.Statements;

namespace Millpond.IntegrationTests.Texts;

public sealed class SqliteTextTests : SqlTextRules
{
    protected override IReadOnlyList<string> Statements { get; } =
    [
        "select {v}", "select {v}, {v}", "insert into t values (1)", "select a from t -- {v}\n", "values (1)", "",
        "commit", "end", "rollback", "begin", "begin immediate", "end transaction", "commit transaction", "rollback transaction",
        "savepoint s", "release s", "release savepoint s", "rollback to s", "rollback transaction to savepoint s",
        "savepoint 's;'",
        "explain commit", "explain query plan select {v}", "create table if not exists begin (a)",
        "create trigger begin{n} after insert on t begin select 1; end",
        "create trigger if not exists begin after insert on t begin insert into u values (case when 1 then 2 end); end",
        "create trigger x{n} after insert on t when new.a > 1 begin select 'end; commit'; delete from u; end",
        "create temp trigger x{n} after insert on t begin select 1; end",
        "explain create trigger y after insert on t begin select 1; end",
        "create trigger [x;{n}] after insert on t begin select 1; select 1 end; end",
        "pragma cache_size = 7", "pragma cache_size(7)", "pragma main.cache_size=7", "pragma cache_size",
        "pragma \"cache_size\" = 7",
        "explain pragma cache_size = 7", "explain query plan pragma recursive_triggers(1)", "pragma recursive_triggers = on",
        "pragma table_info(t)", "pragma main.table_info('t')", "attach ':memory:' as a{n}", "detach a",
        "create temp table tt{n} (a)", "create table temp.tt{n} (a)", "create table \"temp\".tt{n} (a)",
        "create table [TEMP].x{n} (a)",
        "create temporary view tv{n} as select 1", "create view temp.tv{n} as select {v}", "create table temp{n} (temp)",
        "create table 'temp'.q{n} (a)", "create index if not exists i on t (a)", "analyze", "drop table if exists temp.x",
    ];

    protected override IReadOnlyList<string> Values { get; } =
    [
        "1", "';commit;'", "'it''s; commit'", "'\\'", "\"x;commit\"", "[x;commit]", "`x;commit`", "1 as e$b$c", "x'41'", "1e5",
        "1 as [a]", "1 /* ; commit */", "1 /* a /* b */", "1 -- ; commit\n", "1 --\r; commit\n", "case when 1 then 2 end",
        "1 as \"commit\"", "1 as 'a;'", "1 as \"a\"\";\"", "- -1", "4 / 2", "1 as ж", "1 as a\u00a0", "$a", "$a::b(;commit;)",
        ":a", "?1",
        "'a' || 'b'", "(1)", "e'\\'",
    ];

    protected override Task<ScratchDatabase> CreateDatabaseAsync() => ScratchDatabase.SqliteAsync();

    protected override ITextServer CreateServer() => new SqliteTextServer();

    protected override bool LeavesState(string text) => StatementTraits.LeavesState(text);
}
