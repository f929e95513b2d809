using System.Diagnostics;
using Millpond.IntegrationTests.Sessions;
using Xunit;

namespace Millpond.IntegrationTests.Contexts;

/// <summary>EF's tools at work on an application, in another process: they change what holds for all of one.</summary>
public sealed class DesignTimeTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task E01_EFs_tools_get_a_context_on_an_ordinary_connection() =>
        await UpdateAsync(await ScratchDatabase.SqliteAsync());

    [Fact]
    [Trait("Needs", "PostgreSQL")]
    public async Task E01_EFs_tools_get_a_context_on_an_ordinary_connection_to_PostgreSQL() =>
        await UpdateAsync(await ScratchDatabase.PostgreSqlAsync());

    private static async Task UpdateAsync(ScratchDatabase database)
    {
        await using var owned = database;

        // …/bin/<project>/<configuration>
        var tests = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar));
        var program = Path.Combine(tests.Parent!.Parent!.FullName, "Designed", tests.Name, "Designed.dll");
        var start = new ProcessStartInfo(
            Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", [program, "update", database.Url])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        try
        {
            var errors = process.StandardError.ReadToEndAsync(Token);
            var output = await process.StandardOutput.ReadToEndAsync(Token).WaitAsync(Patience, Token);
            Assert.Equal(("20260101000000_BeginNotes", ""), (output.Trim().Split('\n')[^1], await errors));
        }
        finally
        {
            process.Kill();
        }

        await using var engine = database.CreateEngine();
        Assert.Equal(0, await engine.RunAsync(
            async (session, token) =>
            {
                await using var command = session.Connection.CreateCommand();
                command.CommandText = "insert into notes select text from notes";
                return await command.ExecuteNonQueryAsync(token);
            },
            cancellationToken: Token));
    }
}
