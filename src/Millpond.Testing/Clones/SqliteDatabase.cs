using Microsoft.Data.Sqlite;
using Millpond.Testing.Resets;

namespace Millpond.Testing.Clones;

/// <summary>A copy of the template's file, and its engine.</summary>
internal sealed class SqliteDatabase : OwnedDatabase
{
    public SqliteDatabase(string file, string template, Action<EngineOptions>? configure)
    {
        (Name, Watch) = (file, new SqliteWatch(file, template));
        ConnectionString = new SqliteConnectionStringBuilder { DataSource = file }.ConnectionString;
        Engine = DbEngine.Create(o =>
        {
            (o.PoolSize, o.MaxOverflow) = (1, 4);
            o.UseSqlite(ConnectionString, static sqlite => sqlite.Synchronous = SqliteSynchronous.Off);
            configure?.Invoke(o);
        });
    }

    public override string Name { get; }

    public override string ConnectionString { get; }

    public override DbEngine Engine { get; }

    public override SqliteWatch Watch { get; }
}
