using Microsoft.Data.Sqlite;
using Xunit;

namespace Millpond.IntegrationTests.Cli;

/// <summary><c>millpond doctor</c> on SQLite files.</summary>
public sealed class SqliteDoctorTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("millpond-doctor-");

    private string File => Path.Combine(_folder.FullName, "shop.db");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData("delete", "  note     journal mode         Not WAL yet.")]
    [InlineData("wal", "  ok       journal mode         WAL: ")]
    public async Task The_doctor_reports_the_journal_mode_of_a_file_and_does_not_change_the_file(string mode, string line)
    {
        Create(mode);
        var before = await System.IO.File.ReadAllBytesAsync(File, TestContext.Current.CancellationToken);

        var (code, output, errors) = await MillpondTool.RunAsync("doctor", $"sqlite:{File}");

        Assert.Equal((0, ""), (code, errors));
        Assert.StartsWith($"SQLite at {File}\n", output, StringComparison.Ordinal);
        Assert.Contains(line, output, StringComparison.Ordinal);
        Assert.EndsWith("\nNo problem found.\n", output, StringComparison.Ordinal);
        Assert.Equal(before, await System.IO.File.ReadAllBytesAsync(File, TestContext.Current.CancellationToken));
        Assert.Single(_folder.EnumerateFiles());
    }

    [Fact]
    public async Task A_file_that_is_not_a_database_is_a_problem_with_exit_code_1()
    {
        await System.IO.File.WriteAllTextAsync(File, "hello", TestContext.Current.CancellationToken);

        var (code, output, _) = await MillpondTool.RunAsync("doctor", $"sqlite:{File}");

        Assert.Equal(1, code);
        Assert.Contains("  problem  file                 It is not an SQLite database", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_does_not_exist_is_exit_code_2_and_is_not_created()
    {
        var (code, output, errors) = await MillpondTool.RunAsync("doctor", $"sqlite:{File}");

        Assert.Equal((2, "", $"There is no file {File}."), (code, output, errors));
        Assert.Empty(_folder.EnumerateFiles());
    }

    private void Create(string mode)
    {
        using var connection = new SqliteConnection($"Data Source={File};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = $"pragma journal_mode = {mode}; create table t (id integer)";
        command.ExecuteNonQuery();
    }
}
