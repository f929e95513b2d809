using System.Data.Common;

namespace Millpond.IntegrationTests.Bank;

/// <summary>An empty database for one bank, which tests may reach behind its back.</summary>
internal abstract class BankDatabase : IAsyncDisposable
{
    /// <summary>Gets the connection string to start a bank with.</summary>
    public abstract string Url { get; }

    /// <summary>Gets what must never be shown, if there is one.</summary>
    public virtual string? Password => null;

    public async Task ExecuteAsync(string sql)
    {
        await using var connection = await OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>Inserts so many rows in one statement; <c>i</c> counts from 1.</summary>
    public Task FillAsync(string table, string values, int rows) => ExecuteAsync(
        $"""
        with recursive n (i) as (select 1 union all select i + 1 from n where i < {rows})
        insert into {table} select {values} from n
        """);

    public async Task<DbConnection> OpenAsync()
    {
        var connection = Connect();
        await connection.OpenAsync();
        return connection;
    }

    /// <summary>Keeps everyone else from writing to account <paramref name="id"/> until the result is disposed.</summary>
    public Task<DbConnection> LockAsync(long id) => BeginAsync($"update accounts set owner = owner where id = {id}");

    /// <summary>Runs a statement in a transaction that is rolled back when the result is disposed.</summary>
    public async Task<DbConnection> BeginAsync(string sql)
    {
        var connection = await OpenAsync();
        await using var command = connection.CreateCommand();
        command.Transaction = await connection.BeginTransactionAsync();
        command.CommandText = sql;
        await command.ExecuteNonQueryAsync();
        return connection;
    }

    public abstract ValueTask DisposeAsync();

    protected abstract DbConnection Connect();
}
