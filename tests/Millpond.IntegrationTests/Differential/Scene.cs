using System.Data.Common;

namespace Millpond.IntegrationTests.Differential;

/// <summary>One side of a comparison: a connection, and what the steps opened on it.</summary>
internal sealed class Scene(DbConnection connection)
{
    public DbConnection Connection => connection;

    public DbTransaction? Transaction { get; set; }

    public DbDataReader? Reader { get; set; }

    /// <summary>Gets or sets whether the transaction can still be decided.</summary>
    public bool IsInTransaction { get; set; }

    /// <summary>Gets or sets whether a statement of the transaction failed and aborted it.</summary>
    public bool IsAborted { get; set; }

    public DbCommand Command(string sql)
    {
        var command = connection.CreateCommand();
        command.CommandText = sql;
        return command;
    }
}
