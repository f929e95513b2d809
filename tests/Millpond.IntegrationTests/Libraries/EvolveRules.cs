using System.Data.Common;
using EvolveDb;
using Xunit;

namespace Millpond.IntegrationTests.Libraries;

/// <summary>Evolve on a session's connection.</summary>
public abstract class EvolveRules : LibraryTestBase
{
    [Fact]
    public async Task S13_Evolve_is_synchronous_and_rejected_unless_synchronous_calls_are_allowed()
    {
        using var folder = new ScriptFolder();
        await using var session = Engine.OpenSession();
        var error = Assert.ThrowsAny<Exception>(() => Migrate(session.Connection, folder));
        Assert.Contains("synchronous", $"{error}", StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task F06_Evolve_migrates_on_a_driver_connection()
    {
        using var folder = new ScriptFolder();
        await using (var own = OwnConnection())
        {
            Migrate(own, folder);
        }

        Assert.Equal(1, await CommittedAsync("notes"));
    }

    protected static void Migrate(DbConnection connection, ScriptFolder folder) =>
        new Evolve(connection) { Locations = [folder.Path], IsEraseDisabled = true }.Migrate();

    protected abstract DbConnection OwnConnection();

    /// <summary>A folder with one migration.</summary>
    protected sealed class ScriptFolder : IDisposable
    {
        public ScriptFolder() => File.WriteAllText(
            System.IO.Path.Combine(Path, "V1__notes.sql"), "create table notes (name text); insert into notes values ('a');");

        public string Path { get; } = Directory.CreateTempSubdirectory("millpond-").FullName;

        public void Dispose() => Directory.Delete(Path, recursive: true);
    }
}
