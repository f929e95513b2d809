using System.Data;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using Microsoft.Data.Sqlite;

namespace Millpond.Compare.Services;

/// <summary>Sets the transaction on each command, as Microsoft.Data.Sqlite requires.</summary>
internal sealed class InTransaction(SqliteConnection connection, SqliteTransaction transaction) : DbConnection
{
    [AllowNull]
    public override string ConnectionString { get => connection.ConnectionString; set => throw new NotSupportedException(); }

    public override string Database => connection.Database;

    public override string DataSource => connection.DataSource;

    public override string ServerVersion => connection.ServerVersion;

    public override ConnectionState State => connection.State;

    public override void ChangeDatabase(string databaseName) => throw new NotSupportedException();

    public override void Close() => throw new NotSupportedException();

    public override void Open() => throw new NotSupportedException();

    protected override DbTransaction BeginDbTransaction(IsolationLevel isolationLevel) => throw new NotSupportedException();

    protected override DbCommand CreateDbCommand()
    {
        var command = connection.CreateCommand();
        command.Transaction = transaction;
        return command;
    }
}
