using System.Data.Common;
using Microsoft.Data.Sqlite;

namespace Millpond.IntegrationTests.Bank;

/// <summary>A file in a folder of its own.</summary>
internal sealed class SqliteBankDatabase : BankDatabase
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("millpond-bank-");

    public string Path => System.IO.Path.Combine(_folder.FullName, "bank.db");

    public override string Url => $"sqlite:{Path}";

    public override ValueTask DisposeAsync()
    {
        _folder.Delete(recursive: true);
        return ValueTask.CompletedTask;
    }

    protected override DbConnection Connect() =>
        new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = Path, Pooling = false }.ConnectionString);
}
