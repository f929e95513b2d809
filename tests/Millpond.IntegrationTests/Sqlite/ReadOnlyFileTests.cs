using System.Runtime.Versioning;
using Microsoft.Data.Sqlite;
using Millpond.IntegrationTests.Bank;
using Millpond.IntegrationTests.Requests;
using Xunit;

namespace Millpond.IntegrationTests.Sqlite;

[UnsupportedOSPlatform("windows")]
public sealed class ReadOnlyFileTests(SqliteRequestDatabase kind) : FileTestBase(kind)
{
    private const UnixFileMode MayRead = UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
    private const UnixFileMode MayEnter =
        MayRead | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    [Fact]
    public async Task G33_A_read_only_file_rejects_writes_with_its_name_and_the_session_continues()
    {
        Make(users: 3);
        var engine = Open("?mode=ro");
        await using var session = engine.OpenSession();
        Assert.Equal(3, await session.ScalarAsync(CountAll, Token));
        var error = await Assert.ThrowsAsync<SqliteException>(() => session.RunAsync(Insert, Token));
        Assert.Equal(
            (8, $"SQLite Error 8: 'attempt to write a readonly database'. {File} is opened read-only. Remove mode=ro from the " +
                "connection string to write."),
            (error.SqliteErrorCode, error.Message));
        Assert.Equal(3, await session.ScalarAsync(CountAll, Token));
        await session.CommitAsync(Token);
        Assert.Equal(3, await CountAsync(engine));
    }

    [Fact]
    public async Task G33_A_site_on_a_read_only_file_reads_and_returns_500_for_writes_without_details()
    {
        Make(users: 3);
        var site = await StartSiteAsync("?mode=ro");
        using var client = ClientOf(site);
        var write = await client.PostAsync("/users", "");
        write.AssertProblem(500);
        AssertTellsNothing(write);
        AssertLogged(site, "is opened read-only. Remove mode=ro");
        Assert.Equal((200, 200), ((await client.GetAsync("/users")).Status, (await client.GetAsync("/health")).Status));
        Assert.Equal(3, CountBehind());
    }

    [Fact]
    public async Task G33_A_file_without_write_permission_is_read_and_a_write_names_the_missing_permission()
    {
        await using (var first = await BankProcess.ServeAsync(Url))
        {
            using var owner = first.Client();
            Assert.Equal(1, await owner.OpenAccountAsync(10));
            first.Signal("TERM");
            await first.ExitAsync();
        }

        System.IO.File.SetUnixFileMode(File, MayRead);
        await using var bank = await BankProcess.ServeOrdinaryAsync(Url);
        using var client = bank.Client();
        Assert.Equal(10, await client.BalanceAsync(1));
        var write = await client.PostAsync("/accounts", """{"owner":"eve","balance":1}""");
        write.AssertProblem(500);
        AssertTellsNothing(write);
        Assert.Equal(10, await client.BalanceAsync(1));
        await UntilAsync(
            () => Task.FromResult(bank.Output.Contains(
                $"The process may read {File} but not write it. Change", StringComparison.Ordinal)),
            "the log told it");
    }

    [Fact]
    public async Task G33_A_folder_without_write_permission_stops_the_start_with_advice()
    {
        Make();
        System.IO.File.SetUnixFileMode(File, MayRead);
        System.IO.File.SetUnixFileMode(Folder, MayEnter);
        try
        {
            await using var bank = BankProcess.LaunchOrdinary(Url);
            Assert.Equal(1, await bank.ExitAsync());
            Assert.DoesNotContain('\n', bank.Errors);
            Assert.Contains(
                $"no write permission for the folder of {File}, where SQLite creates the -wal and -shm files",
                bank.Errors,
                StringComparison.Ordinal);
        }
        finally
        {
            System.IO.File.SetUnixFileMode(Folder, MayEnter | UnixFileMode.UserWrite);
        }
    }

    [Fact]
    public async Task G33_A_writable_file_in_a_read_only_folder_names_the_folder()
    {
        Make();
        System.IO.File.SetUnixFileMode(File, MayRead | UnixFileMode.UserWrite | UnixFileMode.OtherWrite);
        System.IO.File.SetUnixFileMode(Folder, MayEnter);
        try
        {
            await using var bank = BankProcess.LaunchOrdinary(Url);
            Assert.Equal(1, await bank.ExitAsync());
            Assert.Contains(
                $"no write permission for the folder of {File}, where SQLite creates the -wal and -shm files",
                bank.Errors,
                StringComparison.Ordinal);
        }
        finally
        {
            System.IO.File.SetUnixFileMode(Folder, MayEnter | UnixFileMode.UserWrite);
        }
    }

    [Fact]
    public async Task G33_An_immutable_file_can_be_read_where_nothing_can_be_written()
    {
        Make(users: 3);
        System.IO.File.SetUnixFileMode(Folder, MayEnter);
        try
        {
            var engine = Open("?immutable=1");
            Assert.Equal(3, await CountAsync(engine));   // by root too, who could make a log beside it
            await Assert.ThrowsAsync<SqliteException>(() => AddAsync(engine));
            Assert.Equal([File], Directory.GetFiles(Folder));
        }
        finally
        {
            System.IO.File.SetUnixFileMode(Folder, MayEnter | UnixFileMode.UserWrite);
        }
    }

    [Fact]
    public async Task G33_A_log_that_cannot_be_opened_is_reported_with_its_database()
    {
        Make();
        Directory.CreateDirectory($"{File}-wal");   // nobody can open that as a file, not even root
        var error = await Assert.ThrowsAsync<DatabaseUnavailableException>(() => CountAsync(Open()));
        Assert.Equal(14, Assert.IsType<SqliteException>(error.InnerException).SqliteErrorCode);
        Assert.Contains(
            $"The process has no permission to open {File} or its -wal and -shm files, or to create these",
            error.Message,
            StringComparison.Ordinal);
        Directory.Delete($"{File}-wal");
    }
}
