using Millpond.Testing.Servers;
using Xunit;

namespace Millpond.Testing.Tests.Servers;

public sealed class PostgresProgramsTests : IDisposable
{
    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("millpond-programs-");

    public void Dispose() => _root.Delete(recursive: true);

    [Fact]
    public void The_newest_version_is_found_by_number()
    {
        Install("9");
        var newest = Install("15");

        Assert.Equal(newest, PostgresPrograms.Find(named: null, _root.FullName));
    }

    [Fact]
    public void The_folder_from_pg_config_comes_first()
    {
        Install("15");
        var named = Install("14");

        Assert.Equal(named, PostgresPrograms.Find(named, _root.FullName));
    }

    [Fact]
    public void A_folder_with_only_client_programs_does_not_count()
    {
        var client = Path.Combine(_root.FullName, "16", "bin");
        Directory.CreateDirectory(client);
        File.WriteAllText(Path.Combine(client, "psql"), "");

        Assert.Null(PostgresPrograms.Find(client, _root.FullName));
    }

    [Fact]
    public async Task Without_programs_a_test_that_needs_its_own_server_fails_with_instructions()
    {
        var failure = await Assert.ThrowsAsync<TestDatabaseException>(() => TestServer.StartOwnAsync(null, []));

        Assert.StartsWith(
            "A server of the test's own needs PostgreSQL's server programs (Debian: apt-get install postgresql).",
            failure.Message, StringComparison.Ordinal);
    }

    private string Install(string version)
    {
        var bin = Path.Combine(_root.FullName, version, "bin");
        Directory.CreateDirectory(bin);
        foreach (var program in new[] { "initdb", "postgres", "pg_ctl" })
        {
            File.WriteAllText(Path.Combine(bin, program), "");
        }

        return bin;
    }
}
