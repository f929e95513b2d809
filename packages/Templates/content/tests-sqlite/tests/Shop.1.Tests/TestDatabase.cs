namespace Shop._1.Tests;

/// <summary>A database file for one test class.</summary>
internal sealed class TestDatabase
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("shop_1-");

    public string ConnectionString => $"Data Source={Path.Combine(_folder.FullName, "test.db")}";

    public Task CreateAsync() => Task.CompletedTask;   // SQLite makes the file

    public Task DropAsync()
    {
        _folder.Delete(recursive: true);
        return Task.CompletedTask;
    }
}
