using Xunit;

namespace Millpond.Testing.Tests.Acquisition;

public sealed class SqliteTests
{
    private readonly List<string> _output = [];

    [Fact]
    public async Task T01_Parallel_tests_have_their_own_files_which_are_deleted_with_them()
    {
        var many = new ParallelOptions { MaxDegreeOfParallelism = 8 };
        await Parallel.ForEachAsync(Enumerable.Range(0, 100), many, async (i, token) =>
        {
            string file;
            await using (var db = await Kit.Sqlite.AcquireAsync(cancellationToken: token))
            {
                file = db.Name;
                await db.ExecuteAsync($"insert into users (name) values ('u{i}')");
                Assert.Equal(1, await db.CountAsync("users", token));
            }

            await Kit.UntilAsync(() => Task.FromResult(!File.Exists(file)), $"{file} is deleted");
        });
    }

    [Fact]
    public async Task T07_A_failed_test_keeps_its_file()
    {
        await using var databases = Databases.Sqlite(
            DatabaseTemplate.FromSql("create table users (name text); insert into users values ('eve')"),
            o => o.Output = _output.Add);
        await Assert.ThrowsAsync<InvalidOperationException>(() => databases.RunAsync(async db =>
        {
            await db.ExecuteAsync("insert into users (name) values ('ada')");
            throw new InvalidOperationException("boom");
        }));

        var message = Assert.Single(_output);
        Assert.EndsWith("users: 1 row inserted\n  name\n  ada \n", message, StringComparison.Ordinal);
        var file = message.Split('\n')[1].Split("sqlite3 ")[1];
        Assert.True(File.Exists(file), file);
        File.Delete(file);
    }

    [Fact]
    public async Task T05_The_files_of_an_ended_run_are_deleted_by_the_next_one()
    {
        await using var db = await Kit.Sqlite.AcquireAsync();
        var root = Path.GetDirectoryName(Path.GetDirectoryName(db.Name))!;
        var ended = Path.Combine(root, $"run-{Guid.NewGuid():n}");
        Directory.CreateDirectory(ended);
        await File.WriteAllTextAsync(ended + ".lock", "", Kit.Token);
        await File.WriteAllTextAsync(Path.Combine(ended, "1.db"), "", Kit.Token);
        var stranger = Path.Combine(root, "run-mine.txt");
        await File.WriteAllTextAsync(stranger, "", Kit.Token);

        Clones.SqliteFiles.Open().Dispose();

        Assert.False(Directory.Exists(ended));
        Assert.True(File.Exists(db.Name));
        Assert.True(File.Exists(stranger));
        File.Delete(stranger);
    }
}
